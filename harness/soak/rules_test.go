package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"killpoint/harness"
	"killpoint/harness/soak/ledger"
)

// soakTiny runs a short campaign on a tiny subject.
func soakTiny(t *testing.T, subject Subject) Result {
	t.Helper()
	c := &Campaign{
		Subject: subject, Dir: t.TempDir(), Seed: 1, Kills: 300, Only: -1, Parallel: 1, Patience: time.Minute,
		Repeat: func(round int) string { return fmt.Sprint(round) },
	}
	r := c.Run(t.Context())
	if left, err := os.ReadDir(c.Dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return r
}

func TestATinySubjectPasses(t *testing.T) {
	r := soakTiny(t, tinySubject("push", "pop"))
	if !r.Passed() || r.Kills < 300 || r.Messages == 0 {
		t.Errorf("%+v", r)
	}
}

// TestEveryRuleIsHeld: each tiny subject breaks one rule.
func TestEveryRuleIsHeld(t *testing.T) {
	for _, row := range []struct{ send, take, want string }{
		{"fails", "pop", "no message 50"},
		{"ends", "pop", "writer has ended by itself"},
		{"exits", "pop", "code 3"},
		{"skips", "pop", "missing"},
		{"repeats", "pop", "again or out of order"},
		{"garbles", "pop", "byte"},
		{"books seldom", "pop", "at once at most"},
		{"goes on", "pop", "left behind the last"},
		{"push", "drops", "missing"},
	} {
		t.Run(row.send+" "+row.take, func(t *testing.T) {
			t.Parallel()
			r := soakTiny(t, tinySubject(row.send, row.take))
			if len(r.Findings) != 1 || r.Findings[0].Verdict != Fail || !strings.Contains(r.Findings[0].What, row.want) {
				t.Errorf("%+v, want a failure that says %q", r.Findings, row.want)
			}
		})
	}
}

// TestWhatTheMachineLacksIsNoFinding: neither of a process nor of the soak.
func TestWhatTheMachineLacksIsNoFinding(t *testing.T) {
	full := soakTiny(t, tinySubject("has no room", "pop"))
	c := &Campaign{
		Subject: tinySubject("push", "pop"), Dir: filepath.Join(t.TempDir(), "none"), Seed: 1, Kills: 3, Only: -1, Patience: time.Minute,
		Repeat: func(round int) string { return fmt.Sprint(round) },
	}
	for want, r := range map[string]Result{"no space left": full, "no such file": c.Run(t.Context())} {
		if len(r.Findings) != 1 || r.Findings[0].Verdict != Unknown || !strings.Contains(r.Findings[0].What, want) || r.Passed() {
			t.Errorf("%+v, want it unknown with %q", r.Findings, want)
		}
	}
}

// TestWhatNobodyHasReadIsChecked: what is there after a death, before anybody
// else comes.
func TestWhatNobodyHasReadIsChecked(t *testing.T) {
	subject := tinySubject("push", "pop")
	sound := subject.Unread
	for name, row := range map[string]struct {
		want   string
		unread func(string) ([][]byte, error)
	}{
		"is no queue": {"]: is no queue", func(string) ([][]byte, error) { return nil, errors.New("is no queue") }},
		"out of order": {"unread message", func(path string) ([][]byte, error) {
			msgs, err := sound(path)
			if len(msgs) > 1 {
				msgs[0], msgs[1] = msgs[1], msgs[0]
			}
			return msgs, err
		}},
		"a gap": {"missing", func(path string) ([][]byte, error) {
			msgs, err := sound(path)
			if len(msgs) > 2 {
				msgs = append(msgs[:1], msgs[2:]...)
			}
			return msgs, err
		}},
		"a byte": {"unread message", func(path string) ([][]byte, error) {
			msgs, err := sound(path)
			for _, m := range msgs {
				m[len(m)-1]++
			}
			return msgs, err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subject := subject
			subject.Unread = row.unread
			r := soakTiny(t, subject)
			if len(r.Findings) != 1 || r.Findings[0].Verdict != Fail || !strings.Contains(r.Findings[0].What, row.want) {
				t.Errorf("%+v, want a failure that says %q", r.Findings, row.want)
			}
		})
	}
}

// paper is a round without processes: books and a file that a test writes itself.
func paper(t *testing.T, unread ...[]byte) *round {
	t.Helper()
	subject := tinySubject("push", "pop")
	subject.Unread = func(string) ([][]byte, error) { return unread, nil }
	c := &Campaign{Subject: subject, Dir: t.TempDir(), Patience: time.Minute}
	r, err := c.newRound(Round{Longest: tinyLongest})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	if err := os.WriteFile(r.path, make([]byte, 64), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// sends books that a writer life has sent so many messages more, and takes that a
// reader life has got them.
func (r *round) sends(life, n int) *ledger.Outbox {
	box := r.books.Outbox(life, 1)
	for range n {
		box.Begin(1)
		box.Done()
	}
	return box
}

// TestMessagesFlowIfTheLivingSendAndTake: what the dead have sent is no flow.
func TestMessagesFlowIfTheLivingSendAndTake(t *testing.T) {
	for _, row := range []struct {
		name  string
		happy func(r *round)
		want  bool
	}{
		{"nothing", func(*round) {}, false},
		{"the writer sends", func(r *round) { r.sends(2, 5) }, false},
		{"the reader takes", func(r *round) { r.books.Inbox(1).Taken(ledger.NewID(2, 1)) }, false},
		{"both", func(r *round) { r.sends(2, 5); r.books.Inbox(1).Taken(ledger.NewID(2, 1)) }, true},
		{"the reader takes a dead writer's", func(r *round) { r.sends(2, 5); r.books.Inbox(1).Taken(ledger.NewID(1, 2)) }, false},
		{"the dead writer's books move", func(r *round) { r.sends(1, 5); r.books.Inbox(1).Taken(ledger.NewID(2, 1)) }, false},
		{"the reader takes the same one", func(r *round) { r.sends(2, 5); r.books.Inbox(1).Taken(ledger.NewID(1, 1)) }, false},
	} {
		r := paper(t)
		r.lives[Writer], r.lives[Reader] = 2, 1
		r.sends(1, 1)
		r.books.Inbox(1).Taken(ledger.NewID(1, 1))
		gone := r.flow()
		row.happy(r)
		if gone() != row.want {
			t.Errorf("%s: messages flow is %v, want %v", row.name, !row.want, row.want)
		}
	}
	r := paper(t)
	r.lives[Writer], r.lives[Reader] = 1, 1
	r.sends(1, 1)
	r.books.Inbox(1).Taken(ledger.NewID(1, 1))
	gone := r.flow()
	if r.sends(1, 5); gone() {
		t.Error("a reader that has taken nothing more is said to take")
	}
}

// TestBooksOfTheDeadAreChecked as soon as they are dead.
func TestBooksOfTheDeadAreChecked(t *testing.T) {
	r := paper(t)
	r.lives[Writer], r.lives[Reader] = 1, 1
	r.sends(1, 3).Begin(2)
	if err := r.afterwards(Step{Who: []Role{Reader}}); err != nil {
		t.Errorf("a writer that lives: %v", err)
	}
	if err := r.afterwards(Step{Who: []Role{Writer}}); err == nil || !errors.Is(err, errCertain) || !strings.Contains(err.Error(), "at once at most") {
		t.Errorf("a writer that is dead: %v", err)
	}
}

// TestWhatADeathLeaves: unread messages are as they were sent, in order, and
// begin where the dead reader stood.
func TestWhatADeathLeaves(t *testing.T) {
	format := ledger.Format{Longest: tinyLongest}
	msg := func(n int) []byte { return format.Append(nil, ledger.NewID(1, uint64(n))) }
	for _, row := range []struct {
		name   string
		unread [][]byte
		who    []Role
		taken  uint64 // by the reader
		want   string // empty is right
	}{
		{"nothing", nil, []Role{Writer}, 3, ""},
		{"what comes next", [][]byte{msg(4), msg(5)}, []Role{Reader}, 3, ""},
		{"a gap", [][]byte{msg(4), msg(6)}, []Role{Writer}, 3, "message 2 of 2: missing"},
		{"one twice", [][]byte{msg(4), msg(4)}, []Role{Writer}, 3, "again or out of order"},
		{"one never sent", [][]byte{msg(4), msg(5), msg(6), msg(7)}, []Role{Writer}, 3, "has sent no more than 6"},
		{"one that the dead reader had", [][]byte{msg(3)}, []Role{Reader}, 3, "a reader begins with 1:3"},
		{"one missing for the dead reader", [][]byte{msg(5)}, []Role{Reader}, 3, "missing before it: 1"},
		{"a byte", [][]byte{append(msg(4)[:8:8], 0)}, []Role{Writer}, 3, "message 1 of 1"},
	} {
		r := paper(t, row.unread...)
		r.lives[Writer], r.lives[Reader] = 1, 1
		r.books.Format = format
		r.sends(1, 6)
		r.books.Inbox(1).Taken(ledger.NewID(1, row.taken))
		err := r.afterwards(Step{Who: row.who})
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: %v", row.name, err)
		case row.want != "" && (err == nil || !errors.Is(err, errCertain) || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s: %v, want %q, certain", row.name, err, row.want)
		}
	}
}

// TestAStallIsProvenByWhatDoesNotChange: both asleep, and no byte changes between
// the looks, nor within one.
func TestAStallIsProvenByWhatDoesNotChange(t *testing.T) {
	asleep := func(*end, string) ([]harness.FutexWait, error) { return []harness.FutexWait{{Sleeps: 1}}, nil }
	awake := func(*end, string) ([]harness.FutexWait, error) { return nil, nil }
	blind := func(*end, string) ([]harness.FutexWait, error) { return nil, errors.New("denied") }
	change := func(r *round) {
		if err := os.WriteFile(r.path, []byte(time.Now().String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	book := func(r *round) { r.sends(1, 1+int(r.books.Sent(1).Done)) }
	for _, row := range []struct {
		name    string
		sleeps  func(*end, string) ([]harness.FutexWait, error)
		between func(*round) // two looks
		within  func(*round) // a look, once the first process was looked at
		want    bool
	}{
		{"asleep", asleep, nil, nil, true},
		{"awake", awake, nil, nil, false},
		{"unseen", blind, nil, nil, false},
		{"the file changes between looks", asleep, change, nil, false},
		{"the books change between looks", asleep, book, nil, false},
		{"the file changes within a look", asleep, nil, change, false},
		{"the books change within a look", asleep, nil, book, false},
	} {
		r := paper(t)
		r.ends = map[Role]*end{Writer: {}, Reader: {}}
		var s stuckness
		proven, looks := false, 0
		for range 5 {
			looks++
			looked := 0
			proven = s.look(r, func(e *end, path string) ([]harness.FutexWait, error) {
				if looked++; looks > 1 && looked == 2 && row.within != nil {
					row.within(r)
				}
				return row.sleeps(e, path)
			})
			if proven {
				break
			}
			if row.between != nil {
				row.between(r)
			}
		}
		if proven != row.want {
			t.Errorf("%s: a stall is proven: %v, want %v", row.name, proven, row.want)
		}
		r.ends = nil
	}
}

// TestAKillThatComesTooLate: a victim that had ended by itself was not killed.
func TestAKillThatComesTooLate(t *testing.T) {
	r := paper(t)
	r.plan.Size = tinySize
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.begin(ctx, Writer, Life{Way: Way{Name: "exits", Most: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := r.begin(ctx, Reader, Life{Way: Way{Name: "pop", Most: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ends[Writer].child.WaitExit(ctx); err != nil {
		t.Fatal(err)
	}
	if verdict, err := r.verdict(r.failed(false)); err == nil || verdict != Fail || !strings.Contains(err.Error(), "code 3") {
		t.Errorf("waiting for it: %v, %s; want a failure", err, verdict)
	}
	err := r.kill(ctx, Step{Who: []Role{Writer}})
	if verdict, err := r.verdict(err); err == nil || verdict != Fail || !strings.Contains(err.Error(), "had ended by itself") {
		t.Errorf("killing it: %v, %s; want a failure", err, verdict)
	}
	if r.result.Kills != 0 {
		t.Errorf("%d kills are counted", r.result.Kills)
	}
}

// TestWorkThatEndsIsMissed unless the end was asked for.
func TestWorkThatEndsIsMissed(t *testing.T) {
	r := paper(t)
	r.plan.Size = tinySize
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.begin(ctx, Writer, Life{Way: Way{Name: "ends", Most: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := r.begin(ctx, Reader, Life{Way: Way{Name: "pop", Most: 1}}); err != nil {
		t.Fatal(err)
	}
	writer := r.ends[Writer]
	if err := writer.calls[len(writer.calls)-1].Wait(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.failed(false); !errors.Is(err, errCertain) {
		t.Errorf("a writer that has stopped working: %v, want a failure", err)
	}
	if err := r.failed(true); err != nil {
		t.Errorf("the end was asked for: %v", err)
	}
}

// TestProcessesThatCannotBeKilled: where signals are denied nothing is begun.
func TestProcessesThatCannotBeKilled(t *testing.T) {
	subject := tinySubject("push", "pop")
	subject.Program = &harness.Program{Path: filepath.Join(t.TempDir(), "none")}
	r := soakTiny(t, subject)
	if len(r.Findings) != 1 || r.Findings[0].Verdict != Unknown || r.Rounds != 0 || r.Passed() {
		t.Errorf("%+v", r)
	}
}

// TestWhatADeathHasCostIsCounted: what is lost, not booked, and comes again.
func TestWhatADeathHasCostIsCounted(t *testing.T) {
	r := paper(t)
	r.lives[Writer], r.lives[Reader] = 2, 2
	r.sends(1, 5)
	r.books.Outbox(2, 1).Begin(1)
	msg := func(life, n int) []byte { return r.books.Format.Append(nil, ledger.NewID(life, uint64(n))) }
	first := r.books.Inbox(1)
	for n := 1; n <= 4; n++ {
		id, err := first.Check(msg(1, n))
		if err != nil {
			t.Fatal(err)
		}
		if n == 3 {
			first.Hold(id) // it dies with 1:3 and 1:4 held
		}
		first.Taken(id)
	}
	second := r.books.Inbox(2)
	for _, m := range [][]byte{msg(1, 3), msg(1, 4), msg(1, 5), msg(2, 1)} {
		id, err := second.Check(m)
		if err != nil {
			t.Fatal(err)
		}
		second.Taken(id)
	}
	r.account()
	if got := r.result; got.Repeated != 2 || got.Unbooked != 0 || got.Lost != 0 || got.Messages != 5 {
		t.Errorf("%d came again, %d not booked, %d lost, %d messages; want 2, 0, 0 and 5", got.Repeated, got.Unbooked, got.Lost, got.Messages)
	}
}

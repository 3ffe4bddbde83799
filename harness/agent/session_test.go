package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"killpoint/harness/control"
)

// errShy is the one sentinel of the program under test.
var errShy = errors.New("shy")

// conversation is a session whose harness is the test: commands go in through
// a pipe in memory, events come out of a channel.
type conversation struct {
	t        *testing.T
	commands *io.PipeWriter
	events   chan control.Event
	code     chan int      // of serve
	lost     chan struct{} // closed when the session finds its harness gone
	closed   chan struct{} // closed when the role is
}

func (c *conversation) send(e control.Event) { c.events <- e }

// fakeMarkers are passed by the operation "pass".
type fakeMarkers map[string]func()

func (m fakeMarkers) Instrumented() bool { return len(m) > 0 }
func (m fakeMarkers) Sites() []string    { return []string{"here"} }
func (m fakeMarkers) Set(site string, hook func()) error {
	if site != "here" {
		return fmt.Errorf("there is no site %q", site)
	}
	m[site] = hook
	return nil
}

// converse begins a session. The channel of events takes all that a test makes.
func converse(t *testing.T, markers Markers) *conversation {
	r, w := io.Pipe()
	c := &conversation{
		t: t, commands: w, events: make(chan control.Event, 20000),
		code: make(chan int, 1), lost: make(chan struct{}), closed: make(chan struct{}),
	}
	s := newSession(Program{
		Name:    "program",
		Markers: markers,
		Errors:  map[string]error{"shy": errShy},
		Roles: map[string]NewRole{"singer": func(s *Session) Role {
			return singer{s, markers, c.closed}
		}},
	}, c)
	go s.listen(r, func() { close(c.lost) })
	go func() { c.code <- s.serve() }()
	t.Cleanup(func() { w.Close() })
	if hello := c.next().Hello; hello == nil || hello.Magic != control.Magic || hello.Version != control.Version || hello.Program != "program" {
		t.Fatalf("begins with %+v, want a handshake", hello)
	}
	return c
}

type singer struct {
	session *Session
	markers Markers
	closed  chan struct{}
}

func (r singer) Close() error {
	close(r.closed)
	return nil
}

func (r singer) Ops() map[string]Op {
	return map[string]Op{
		"double": Func(func(n int) (any, error) { return 2 * n, nil }),
		"fail":   Func(func(struct{}) (any, error) { return 1, fmt.Errorf("refused: %w", errShy) }),
		"absurd": Func(func(struct{}) (any, error) { return func() {}, nil }),
		"pass-bare": Func(func(struct{}) (any, error) {
			if hook := r.markers.(fakeMarkers)["here"]; hook != nil {
				hook()
			}
			return nil, nil
		}),
		"pass": Func(func(what string) (any, error) {
			r.session.Holding(func() any { return what })
			if hook := r.markers.(fakeMarkers)["here"]; hook != nil {
				hook()
			}
			return nil, nil
		}),
	}
}

// next is the next event.
func (c *conversation) next() control.Event {
	c.t.Helper()
	select {
	case e := <-c.events:
		return e
	case <-c.lost:
		c.t.Fatal("the session takes its harness for lost")
		return control.Event{}
	}
}

// say sends a line as it is, or a command.
func (c *conversation) say(what any) {
	c.t.Helper()
	line, ok := what.(string)
	if !ok {
		text, err := json.Marshal(what)
		if err != nil {
			c.t.Fatal(err)
		}
		line = string(text)
	}
	if _, err := io.WriteString(c.commands, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *conversation) start(arms ...control.Arm) {
	c.t.Helper()
	c.say(control.Command{Start: &control.Start{Magic: control.Magic, Version: control.Version, Name: "victim", Role: "singer", Arms: arms}})
}

func (c *conversation) call(id int, op string, args any) {
	c.t.Helper()
	raw, err := json.Marshal(args)
	if err != nil {
		c.t.Fatal(err)
	}
	c.say(control.Command{Call: &control.Call{ID: id, Op: op, Args: raw}})
}

// reply takes the beginning and the end of a call.
func (c *conversation) reply(id int, op string) *control.Reply {
	c.t.Helper()
	if b := c.next().Begin; b == nil || b.ID != id || b.Op != op {
		c.t.Fatalf("got %+v, want the beginning of %s", b, op)
	}
	r := c.next().Reply
	if r == nil || r.ID != id || r.Op != op {
		c.t.Fatalf("got %+v, want the end of %s", r, op)
	}
	return r
}

// ends closes the pipe and checks the exit code.
func (c *conversation) ends(want int) {
	c.t.Helper()
	c.commands.Close()
	if code := <-c.code; code != want {
		c.t.Errorf("exit code %d, want %d", code, want)
	}
}

func TestCallsAreAnsweredInTurn(t *testing.T) {
	c := converse(t, nil)
	c.start()
	for id, row := range []struct {
		name   string
		op     string
		args   any
		result string
		err    string
		is     []string
	}{
		{"result", "double", 21, "42", "", nil},
		{"arguments that are left away", "double", nil, "0", "", nil},
		{"sentinel", "fail", nil, "", "refused: shy", []string{"shy"}},
		{"unknown operation", "sing", nil, "", `operation "sing" is unknown`, nil},
		{"arguments that do not fit", "double", "one", "", `arguments "one"`, nil},
		{"result that is no JSON", "absurd", nil, "", "unsupported type", nil},
		{"still there after all that", "double", 4, "8", "", nil},
	} {
		c.call(id, row.op, row.args)
		r := c.reply(id, row.op)
		if string(r.Result) != row.result || (r.Error == "") != (row.err == "") || !strings.Contains(r.Error, row.err) || !slices.Equal(r.Is, row.is) {
			t.Errorf("%s: %+v, want result %s, error %q, is %v", row.name, r, row.result, row.err, row.is)
		}
	}
	c.ends(0)
	<-c.closed
}

// TestOpsAreARole without state, for any session.
func TestOpsAreARole(t *testing.T) {
	var newRole NewRole = Ops{"double": Func(func(n int) (any, error) { return 2 * n, nil })}.Role
	role := newRole(nil)
	if got, err := role.Ops()["double"]([]byte("21")); got != 42 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if err := role.Close(); err != nil {
		t.Error(err)
	}
}

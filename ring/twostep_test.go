package ring_test

import "testing"

func TestAMessageThatNeedsTheWholeRingGoesInInTwoSteps(t *testing.T) {
	f := newRing(t, 1024)
	f.advance(504)
	msg := f.message(900)
	f.expectFull(msg)
	f.expectFull(msg) // no second try before the reader has followed
	f.expectEmpty()   // this pop finds no message, but follows
	f.push(msg)
	f.pop(msg)
}

func TestTheFirstStepSkipsTheRestOfTheLapOnly(t *testing.T) {
	f := newRing(t, 1024)
	f.advance(504)
	f.expectFull(f.message(900))
	if write := f.word64(atWrite); write != 1024 {
		t.Fatalf("write index is %d after the first step, want 1024", write)
	}
}

func TestTheCommitWordFollowsTheWriteIndex(t *testing.T) {
	f := newRing(t, 1024)
	for _, step := range []struct {
		name string
		run  func()
	}{
		{"message", func() { f.advance(504) }},
		{"wrap marker", func() { f.expectFull(f.message(900)) }},
	} {
		t.Run(step.name, func(t *testing.T) {
			before := f.word64(atCommit)
			step.run()
			if write, commit := f.word64(atWrite), f.word64(atCommit); commit != write || commit == before {
				t.Fatalf("commit is %d after %d, write is %d", commit, before, write)
			}
		})
	}
}

func TestAMessageThatFitsBesideTheSkippedRestNeedsOneStep(t *testing.T) {
	f := newRing(t, 1024)
	f.advance(1000)
	msg := f.message(900)
	f.push(msg)
	f.pop(msg)
}

func TestAMessageThatFitsBesideTheSkippedRestWaitsForBoth(t *testing.T) {
	f := newRing(t, 128)
	f.advance(64)
	older := f.message(36) // 40 bytes at 64: 24 are left in the lap
	f.push(older)
	before := f.word64(atWrite)
	f.expectFull(f.message(64)) // 72 bytes at offset 0, where 64 are free
	if write := f.word64(atWrite); write != before {
		t.Fatalf("a refused push moved the write index from %d to %d", before, write)
	}
	f.pop(older)
}

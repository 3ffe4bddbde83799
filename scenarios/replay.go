package scenarios

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"killpoint/harness"
	"killpoint/ring"
)

// Replay has fresh peers open a copy of the ring as the victim of a cell left it,
// without the victim: a reader takes all there is, a writer pushes N, the reader
// takes that. What the cell says of such peers is judged; of a victim that was
// only stopped, and of a cell without one, that is the state of the ring alone.
func Replay(ctx context.Context, c Cell, e Evidence, p Programs, folder string) Result {
	c.Want = replayed(c, e)
	c.run = func(l *lab, c Cell) Facts { return l.replay(c, e.AtDeath, e.Messages) }
	return newLab(ctx, p, folder).result(c)
}

// replayed is what fresh peers must see of the remains of a cell.
func replayed(c Cell, e Evidence) Facts {
	switch {
	case c.Want[factOpen] == answerErr:
		return Facts{factOpen: answerErr, factAttach: answerErr}
	case c.Mode == Stop || slices.Contains(c.More, "recreate") || c.Want[FactRing] == "":
		return Facts{factOpen: answerOK, factAttach: answerOK, FactRing: "sound"}
	}
	return Facts{factOpen: answerOK, factAttach: answerOK, FactRing: c.Want[FactRing], FactReceived: remaining(c, e)}
}

// remaining is what of the messages that readers must get in all is still to be
// had after the death: a reader that lived may have taken the first ones before,
// and a writer that lived on has sent its own afterwards, which are neither in
// the image, nor older, nor the last one.
func remaining(c Cell, e Evidence) string {
	names := strings.Fields(c.Want[FactReceived])
	dead := ring.Decode(e.AtDeath)
	there := map[string]bool{}
	for _, rec := range dead.Records {
		for _, m := range e.Messages {
			if string(rec.Body) == string(message(m.Name, m.Size)) && !rec.Wrap {
				there[m.Name] = true
			}
		}
	}
	if dead.Read > ring.Decode(e.Before).Read {
		for len(names) > 0 && names[0] != "N" && !there[names[0]] {
			names = names[1:]
		}
	}
	if c.Role == ring.ReaderSide || c.e.stage == attaching { // there nobody has sent yet
		names = slices.DeleteFunc(names, func(name string) bool {
			return !there[name] && !strings.HasPrefix(name, "o") && name != "N"
		})
	}
	if !slices.Contains(names, "N") {
		names = append(names, "N")
	}
	return received(names...)
}

func (l *lab) replay(c Cell, image []byte, known []Message) Facts {
	for _, m := range known {
		l.messages.add(m.Name, m.Size)
	}
	l.check(os.WriteFile(l.ring, image, 0o600))
	l.before, l.atDeath = image, image
	l.timeline.Add("ring", "copied from the evidence: %d bytes", len(image))
	reader := l.start(ring.ReaderSide, "reader")
	f := Facts{factOpen: l.answer(reader, "open", l.join(PollOff))}
	writer := l.start(ring.WriterSide, "writer")
	f[factAttach] = l.answer(writer, "attach", l.join(PollOff))
	if f[factOpen] != answerOK || f[factAttach] != answerOK {
		return f
	}
	l.drainAny(f, reader)
	n := l.messages.body("N")
	if n == nil {
		n = l.messages.add("N", 24)
	}
	if pushed := l.answer(writer, "try-push", pushArgs{Msg: n}); pushed != answerOK {
		f["push"] = pushed
	} else {
		l.drainAny(f, reader)
	}
	if _, judged := c.Want[FactReceived]; judged {
		f[FactReceived] = received(l.got...)
	}
	f[FactRing] = soundness(l.image())
	return f
}

// drainAny is drain on a ring of which nothing is known.
func (l *lab) drainAny(f Facts, reader *harness.Child) {
	for {
		var body []byte
		err := l.until(func(ctx context.Context) error { return reader.Call(ctx, "try-pop", nil, &body) })
		var failed *harness.CallError
		switch {
		case errors.As(err, &failed) && failed.Matches("empty"):
			return
		case errors.As(err, &failed):
			f["pop"] = fmt.Sprint(failed.Sentinels)
			return
		}
		l.check(err)
		l.note(reader, body)
	}
}

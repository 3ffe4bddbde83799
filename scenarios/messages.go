package scenarios

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// message makes the body of a named message: its name again and again, so that
// two messages never share a body and a torn one is no message at all.
func message(name string, size int) []byte {
	return bytes.Repeat([]byte(name+"."), size/(len(name)+1)+1)[:size]
}

// book knows the messages of one cell by their bodies.
type book struct {
	names  []string
	bodies [][]byte
}

// add makes a message and remembers it. Two equal bodies would make loss look
// like delivery.
func (b *book) add(name string, size int) []byte {
	body := message(name, size)
	if known := b.name(body); !strings.HasPrefix(known, "?") {
		panic(fmt.Sprintf("scenarios: messages %s and %s have the same body", known, name))
	}
	b.names = append(b.names, name)
	b.bodies = append(b.bodies, body)
	return body
}

// name returns the name of a body, or "?" and the body if nobody ever wrote it.
func (b *book) name(body []byte) string {
	for i, known := range b.bodies {
		if bytes.Equal(known, body) {
			return b.names[i]
		}
	}
	return fmt.Sprintf("?%q", body)
}

// body is that of the message of that name, or nil.
func (b *book) body(name string) []byte {
	if i := slices.Index(b.names, name); i >= 0 {
		return b.bodies[i]
	}
	return nil
}

// A Message is one that a cell knows by its body: its name again and again.
type Message struct {
	Name string `json:"name"`
	Size int    `json:"size"` // bytes
}

func (b *book) messages() []Message {
	var all []Message
	for i, name := range b.names {
		all = append(all, Message{name, len(b.bodies[i])})
	}
	return all
}

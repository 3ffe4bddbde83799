package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Evidence is what a reader of a report needs to understand one cell: who did
// what when, what the shared file looked like, what was seen and what should
// have been. In JSON it is compact: lists instead of objects where there are
// many of a kind.
type Evidence struct {
	Timeline []Event `json:"timeline,omitempty"`
	Images   []Image `json:"images,omitempty"`
	Facts    []Fact  `json:"facts,omitempty"`
	// Children are there where the cell did not pass.
	Children []Child `json:"children,omitempty"`
}

// An Event is one thing that happened; see harness.Entry for kinds. In JSON it
// is [time, who, kind, of, what], without the last part where Usual has it.
type Event struct {
	Time int64 // microseconds since the first event
	Who  string
	Kind string
	Of   string
	What string
}

var usual = map[string]string{
	"began": "% begins", "finished": "% ends", "received": "has received %", "ended": "ended: %",
	"continued": "continued", "stopped": "stopped by %",
}

// Usual returns the words that most events of a kind have, for others who read
// the JSON; % stands for Event.Of.
func Usual() map[string]string { return maps.Clone(usual) }

// MarshalJSON writes the list.
func (e Event) MarshalJSON() ([]byte, error) {
	list := []any{e.Time, e.Who, e.Kind, e.Of, e.What}
	if words, ok := usual[e.Kind]; ok && e.What == strings.Replace(words, "%", e.Of, 1) {
		list = list[:4]
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads the list.
func (e *Event) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	if len(parts) == 4 {
		err := unlist(text, "event", &e.Time, &e.Who, &e.Kind, &e.Of)
		e.What = strings.Replace(usual[e.Kind], "%", e.Of, 1)
		return err
	}
	return unlist(text, "event", &e.Time, &e.Who, &e.Kind, &e.Of, &e.What)
}

// An Image is one state of the file that the processes share, as far as it is a
// circle of records with positions in it. Positions count on from lap to lap.
type Image struct {
	When string `json:"when"`
	// Same tells that nothing has changed since the image before; all else is
	// empty then.
	Same    bool     `json:"same,omitempty"`
	Size    uint64   `json:"size,omitempty"` // bytes a lap; 0 if that makes no sense
	Marks   []Mark   `json:"marks,omitempty"`
	Words   []Word   `json:"words,omitempty"`
	Records []Record `json:"records,omitempty"`
	Problem string   `json:"problem,omitempty"` // why it makes no sense, or from where on
}

// A Mark is a named position. In JSON it is [name, at].
type Mark struct {
	Name string
	At   uint64
}

// MarshalJSON writes the list.
func (m Mark) MarshalJSON() ([]byte, error) { return json.Marshal([]any{m.Name, m.At}) }

// UnmarshalJSON reads the list.
func (m *Mark) UnmarshalJSON(text []byte) error { return unlist(text, "mark", &m.Name, &m.At) }

// A Word is a named value that is no position. In JSON it is [name, value].
type Word struct{ Name, Value string }

// MarshalJSON writes the list.
func (w Word) MarshalJSON() ([]byte, error) { return json.Marshal([]any{w.Name, w.Value}) }

// UnmarshalJSON reads the list.
func (w *Word) UnmarshalJSON(text []byte) error { return unlist(text, "word", &w.Name, &w.Value) }

// A Record is a stretch of the file with a meaning. In JSON it is
// [at, size, flags, text, published].
type Record struct {
	At        uint64 // position
	Size      uint64 // bytes, all of it
	Flags     string // words
	Text      string // what it holds, for a person
	Published bool
}

// MarshalJSON writes the list.
func (r Record) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{r.At, r.Size, r.Flags, r.Text, r.Published})
}

// UnmarshalJSON reads the list.
func (r *Record) UnmarshalJSON(text []byte) error {
	return unlist(text, "record", &r.At, &r.Size, &r.Flags, &r.Text, &r.Published)
}

// A Fact is one thing that was looked at. Want is nil if nothing was expected,
// Seen if it was not seen. In JSON it is [name, seen] where both are equal, else
// [name, seen, want].
type Fact struct {
	Name       string
	Seen, Want *string
}

// Right reports whether what was seen is what was expected.
func (f Fact) Right() bool { return f.Seen != nil && f.Want != nil && *f.Seen == *f.Want }

// MarshalJSON writes the list.
func (f Fact) MarshalJSON() ([]byte, error) {
	if f.Right() {
		return json.Marshal([]any{f.Name, f.Seen})
	}
	return json.Marshal([]any{f.Name, f.Seen, f.Want})
}

// UnmarshalJSON reads the list.
func (f *Fact) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	if len(parts) == 2 {
		if err := unlist(text, "fact", &f.Name, &f.Seen); err != nil {
			return err
		}
		f.Want = f.Seen
		return nil
	}
	return unlist(text, "fact", &f.Name, &f.Seen, &f.Want)
}

// A Child is one process, as far as it tells what went wrong.
type Child struct {
	Name   string `json:"name"`
	Exit   string `json:"exit"`
	Output string `json:"output,omitempty"`
}

// unlist reads a list of exactly so many parts.
func unlist(text []byte, what string, into ...any) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	if len(parts) != len(into) {
		return fmt.Errorf("%s of %d parts, want %d", what, len(parts), len(into))
	}
	for i, part := range parts {
		if err := json.Unmarshal(part, into[i]); err != nil {
			return fmt.Errorf("%s, part %d: %w", what, i, err)
		}
	}
	return nil
}

package scenarios

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"killpoint/harness"
	"killpoint/harness/report"
	"killpoint/ring"
)

// record is the evidence in the words of a report.
func (r Result) record() *report.Evidence {
	e := &report.Evidence{Timeline: r.Evidence.events(), Images: r.Evidence.pictures(), Facts: r.facts()}
	if r.Verdict != Pass {
		for _, c := range r.Evidence.Children {
			e.Children = append(e.Children, report.Child{Name: c.Name, Exit: c.Exit, Output: excerpt(c.Output)})
		}
	}
	return e
}

// excerpt cuts what a child wrote: a report holds hundreds of them.
func excerpt(output string) string {
	const most = 4000
	if len(output) <= most {
		return output
	}
	return fmt.Sprintf("%s\n… (%d bytes in all)", strings.ToValidUTF8(output[:most], ""), len(output))
}

func (e Evidence) events() []report.Event {
	entries := e.Timeline.Entries()
	events := make([]report.Event, len(entries))
	for i, entry := range entries {
		what := entry.What
		if entry.Kind == harness.Finished {
			what, _, _ = strings.Cut(what, `: "`) // the body; who received it is told apart, by name
		}
		events[i] = report.Event{
			Time: (entry.Time - entries[0].Time) / 1000,
			Who:  entry.Who, Kind: string(entry.Kind), Of: entry.Of,
			What: strings.ReplaceAll(what, e.Folder+"/", ""), // another one for every run
		}
	}
	return events
}

func (e Evidence) pictures() []report.Image {
	var pictures []report.Image
	var before []byte
	for i, image := range e.Images() {
		if i > 0 && bytes.Equal(image.Bytes, before) {
			pictures = append(pictures, report.Image{When: image.When, Same: true})
		} else {
			s := ring.Decode(image.Bytes)
			if s.Next != nil && !begun(e.Before, image.Bytes, *s.Next) {
				s.Next = nil
			}
			pictures = append(pictures, picture(image.When, s))
		}
		before = image.Bytes
	}
	return pictures
}

// begun tells whether the record was begun since the image before: its header is
// not what an earlier lap has left there.
func begun(before, image []byte, rec ring.Record) bool {
	from := ring.HeaderSize + int(rec.Offset)
	const header = 4
	if len(before) < from+header {
		return rec.Length > 0
	}
	return !bytes.Equal(before[from:from+header], image[from:from+header])
}

// picture is what a person needs to see of a ring.
func picture(when string, s ring.Snapshot) report.Image {
	p := report.Image{When: when}
	if s.Problem != nil {
		p.Problem = s.Problem.Error()
	}
	if s.Capacity == 0 || s.Capacity > ring.MaxCapacity || ring.FileSize(int(s.Capacity)) != s.Size {
		return p // there is no lap to draw
	}
	p.Size = s.Capacity
	p.Marks = []report.Mark{{Name: "read", At: s.Read}, {Name: "commit", At: s.Commit}, {Name: "write", At: s.Write}}
	p.Words = []report.Word{{Name: "data_avail", Value: eventWord(s.DataAvail)}, {Name: "space_avail", Value: eventWord(s.SpaceAvail)}}
	for _, rec := range s.Records {
		p.Records = append(p.Records, drawn(rec, true))
	}
	if s.Next != nil {
		p.Records = append(p.Records, drawn(*s.Next, false))
	}
	return p
}

func drawn(rec ring.Record, published bool) report.Record {
	var flags []string
	if rec.Ready {
		flags = append(flags, "READY")
	}
	if rec.Wrap {
		flags = append(flags, "WRAP")
	}
	text := ""
	if !rec.Wrap {
		text = label(rec)
	}
	return report.Record{
		At: rec.Index, Size: uint64(ring.RecordSize(int(rec.Length))),
		Flags: strings.Join(flags, " "), Text: text, Published: published,
	}
}

// label names the message that a record holds, or shows how its body begins.
func label(rec ring.Record) string {
	if rec.Length == 0 {
		return "empty"
	}
	name, _, named := bytes.Cut(rec.Body, []byte("."))
	if named && uint32(len(rec.Body)) == rec.Length && len(name) > 0 && bytes.Equal(message(string(name), len(rec.Body)), rec.Body) {
		return string(name)
	}
	if len(bytes.Trim(rec.Body, "\x00")) == 0 {
		return "zeros"
	}
	const shown = 8
	return fmt.Sprintf("%q…", rec.Body[:min(shown, len(rec.Body))])
}

// facts are those seen and those expected, in order of name.
func (r Result) facts() []report.Fact {
	names := maps.Clone(r.Facts)
	if names == nil {
		names = Facts{}
	}
	maps.Copy(names, r.Cell.Want)
	var facts []report.Fact
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f := report.Fact{Name: name}
		if seen, ok := r.Facts[name]; ok {
			f.Seen = &seen
		}
		if want, ok := r.Cell.Want[name]; ok {
			f.Want = &want
		}
		facts = append(facts, f)
	}
	return facts
}

// moreLabels are the labels that the other columns of a report do not say.
func (c Cell) moreLabels() []string {
	return slices.DeleteFunc(c.Labels(), func(word string) bool {
		return slices.Contains([]string{string(c.Site), string(c.Role), string(c.Mode), string(c.Variant)}, word)
	})
}

func catalogue() []report.Site {
	var sites []report.Site
	for _, s := range ring.Sites() {
		sites = append(sites, report.Site{Site: string(s.Site), Role: string(s.Side), Op: string(s.Op), Done: s.Done, Next: s.Next})
	}
	return sites
}

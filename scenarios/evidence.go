package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"killpoint/harness"
	"killpoint/harness/report"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// Evidence is what a run leaves, taken before anything is judged.
type Evidence struct {
	Folder   string // in which the cell ran
	Timeline *harness.Timeline
	// Images of the ring file: when the victim was started, when it stood at
	// its site, when it had died, in the end. Nil where there is none.
	Before, AtSite, AtDeath, After []byte
	Children                       []ChildEvidence
	Messages                       []Message
	Environment                    []string // added to that of every child
}

// ChildEvidence is what remains of one process.
type ChildEvidence struct {
	Name     string
	Program  string
	Commands []byte // what it was told, for its "replay"
	Output   string
	Exit     string
	// Stacks are taken where a cell did not pass: of the operation when it stood
	// at its site, and of what is alive in the end.
	Stacks string
}

// CommandsFile is the base name under which Save writes the commands.
func (c ChildEvidence) CommandsFile() string { return c.fileName() + ".commands" }

func (c ChildEvidence) fileName() string { return strings.ReplaceAll(c.Name, " ", "-") }

// An Image is one state of the ring file.
type Image struct {
	When  string
	Bytes []byte
	file  string
}

// The base names of images: with which the victim began, and as it left it.
const (
	BeforeImage = "before.image"
	DeathImage  = "at-death.image"
)

// Images returns the images that there are, in order of time.
func (e Evidence) Images() []Image {
	all := []Image{
		{"before", e.Before, BeforeImage},
		{"at the site", e.AtSite, "at-site.image"},
		{"at death", e.AtDeath, DeathImage},
		{"in the end", e.After, "after.image"},
	}
	return slices.DeleteFunc(all, func(i Image) bool { return i.Bytes == nil })
}

// Save writes the evidence into a folder.
func (e Evidence) Save(folder string) error {
	files := map[string][]byte{}
	for _, i := range e.Images() {
		files[i.file] = i.Bytes
	}
	for _, c := range e.Children {
		files[c.CommandsFile()] = c.Commands
		for ending, text := range map[string]string{".output": c.Output, ".stacks": c.Stacks} {
			if text != "" {
				files[c.fileName()+ending] = []byte(text)
			}
		}
	}
	var timeline bytes.Buffer
	if err := e.Timeline.WriteJSON(&timeline); err != nil {
		return err
	}
	files["timeline.jsonl"] = timeline.Bytes()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return fmt.Errorf("save evidence: %w", err)
		}
	}
	return nil
}

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

// begun reports whether the record was begun since the image before: its header is
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

// SavedFile is the base name of a Saved in a folder of evidence.
const SavedFile = "cell.json"

// Saved is what a folder of evidence says of the run of one cell; the other
// files there hold what is long.
type Saved struct {
	Cell        string       `json:"cell"`
	Verdict     Verdict      `json:"verdict"`
	Outcome     string       `json:"outcome,omitempty"`
	Detail      []string     `json:"detail,omitempty"`
	Facts       Facts        `json:"facts,omitempty"` // nil if the cell ended early
	Want        Facts        `json:"want"`            // as it was then
	Hit         int          `json:"hit"`
	Exit        string       `json:"exit"`
	Repeat      string       `json:"repeat"` // the command that repeats it
	Go          string       `json:"go"`
	Kernel      string       `json:"kernel"`
	Environment []string     `json:"environment"` // what of it a ring or Go looks at
	Messages    []Message    `json:"messages,omitempty"`
	Children    []SavedChild `json:"children"`
	// Images are the sizes of the images beside it, in bytes, by base name: a
	// file that was cut afterwards must not be judged.
	Images map[string]int `json:"images,omitempty"`
}

// SavedChild is one process.
type SavedChild struct {
	Name     string   `json:"name"`
	Argv     []string `json:"argv"`
	Exit     string   `json:"exit"`     // "alive" if it had to be ended
	Commands string   `json:"commands"` // base name of the file with what it was told
}

// Save writes what the run leaves into a folder that exists, with the command that repeats
// it.
func (r Result) Save(folder, repeat string) error {
	s := Saved{
		Cell: r.Cell.ID, Verdict: r.Verdict, Outcome: r.Outcome, Detail: r.Detail, Facts: r.Facts, Want: r.Cell.Want,
		Hit: r.Hit, Exit: r.Exit, Repeat: repeat, Go: runtime.Version(), Kernel: kernel(),
		Environment: environment(r.Evidence.Environment), Messages: r.Evidence.Messages,
	}
	for _, c := range r.Evidence.Children {
		s.Children = append(s.Children, SavedChild{Name: c.Name, Argv: []string{c.Program}, Exit: c.Exit, Commands: c.CommandsFile()})
	}
	s.Images = map[string]int{}
	for _, i := range r.Evidence.Images() {
		s.Images[i.file] = len(i.Bytes)
	}
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, SavedFile), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("save evidence: %w", err)
	}
	return r.Evidence.Save(folder)
}

// environment is what of a child's environment can matter, and no more: the rest
// may hold secrets.
func environment(added []string) []string {
	var all []string
	for _, kv := range os.Environ() {
		if strings.HasPrefix(kv, "GO") || strings.HasPrefix(kv, "IPC_RING_") || strings.HasPrefix(kv, "CGO_") {
			all = append(all, kv)
		}
	}
	slices.Sort(all)
	return append(all, added...)
}

// Load reads what Save has written: of the evidence, the images before and at
// death and the messages. An image that there is not is nil.
func Load(folder string) (s Saved, e Evidence, err error) {
	text, err := readBounded(filepath.Join(folder, SavedFile))
	if err != nil {
		return s, e, fmt.Errorf("%s holds no evidence of a cell: %w", folder, err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, e, fmt.Errorf("%s: %w", filepath.Join(folder, SavedFile), err)
	}
	if err := s.check(); err != nil {
		return s, e, fmt.Errorf("%s is damaged: %w", filepath.Join(folder, SavedFile), err)
	}
	e.Folder, e.Messages = folder, s.Messages
	for name, image := range map[string]*[]byte{BeforeImage: &e.Before, DeathImage: &e.AtDeath} {
		if *image, err = readBounded(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s, e, err
		}
		if size, known := s.Images[name]; known && size != len(*image) {
			return s, e, fmt.Errorf("%s is damaged: %d bytes, and %d were saved", filepath.Join(folder, name), len(*image), size)
		}
	}
	return s, e, nil
}

// Bounds of what a folder of evidence may say: far above what any cell makes.
const (
	maxSavedFile   = 64 << 20 // bytes
	maxMessageSize = 1 << 20  // bytes
	maxMessages    = 10_000
)

// check returns what no run can have written: a folder of evidence is input.
func (s Saved) check() error {
	if len(s.Messages) > maxMessages {
		return fmt.Errorf("%d messages: at most %d", len(s.Messages), maxMessages)
	}
	total, bodies := 0, map[string]string{}
	for _, m := range s.Messages {
		if m.Size < 0 || m.Size > maxMessageSize {
			return fmt.Errorf("message %q: size %d is not within 0 to %d", m.Name, m.Size, maxMessageSize)
		}
		if total += m.Size; total > maxSavedFile {
			return fmt.Errorf("messages of more than %d bytes in all", maxSavedFile)
		}
		body := string(message(m.Name, m.Size))
		if other, known := bodies[body]; known {
			return fmt.Errorf("messages %q and %q have the same body", other, m.Name)
		}
		bodies[body] = m.Name
	}
	return nil
}

// readBounded reads a regular file of at most maxSavedFile bytes.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path)
	case info.Size() > maxSavedFile:
		return nil, fmt.Errorf("%s has %d bytes: at most %d", path, info.Size(), maxSavedFile)
	}
	return os.ReadFile(path)
}

// Judge applies what is expected of the cell today. A cell that ended early has
// no facts to judge and keeps its verdict, but pass; that, and a cell that there
// is no more, is unknown.
func (s Saved) Judge() Result {
	r := Result{Verdict: s.Verdict, Outcome: s.Outcome, Detail: s.Detail, Facts: s.Facts, Hit: s.Hit, Exit: s.Exit}
	c, err := Find(s.Cell)
	switch {
	case err != nil:
		r.Cell = Cell{ID: s.Cell}
		r.Verdict, r.Detail = Unknown, []string{err.Error()}
	case len(s.Facts) == 0:
		if r.Cell = c; r.Verdict == Pass {
			r.Verdict, r.Detail = Unknown, []string{"it says pass, and has no facts: run the cell again"}
		}
	default:
		r.Cell = c
		r.judge(s.Facts, nil)
	}
	return r
}

// Replay has fresh peers open a copy of the ring as the victim of a cell left it,
// without the victim: a reader takes all there is, a writer pushes N, the reader
// takes that. What the cell says of such peers is judged; of a victim that was
// only stopped, and of a cell without one, that is the state of the ring alone.
func Replay(ctx context.Context, c Cell, e Evidence, p Programs, folder string) Result {
	c.Want = replayed(c, e)
	c.run = func(l *cellRun, c Cell) Facts { return l.replay(c, e.AtDeath, e.Messages) }
	return newCellRun(ctx, p, folder).result(c)
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
	if c.Role == ring.ReaderSide || c.e.op.joins { // there nobody has sent yet
		names = slices.DeleteFunc(names, func(name string) bool {
			return !there[name] && !strings.HasPrefix(name, "o") && name != "N"
		})
	}
	if !slices.Contains(names, "N") {
		names = append(names, "N")
	}
	return received(names...)
}

func (l *cellRun) replay(c Cell, image []byte, known []Message) Facts {
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
	if pushed := l.answer(writer, "try-push", ops.Push{Msg: n}); pushed != answerOK {
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
func (l *cellRun) drainAny(f Facts, reader *harness.Child) {
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

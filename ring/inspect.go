package ring

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
)

// File offsets of the event words, for observers that see from outside on
// which one a process sleeps.
const (
	DataAvailOffset  = offDataAvail
	SpaceAvailOffset = offSpaceAvail
)

// A Snapshot is a ring file, decoded: whatever its state, dead or alive,
// complete or damaged. All words of a file that is too short for a header are
// zero.
type Snapshot struct {
	Path     string `json:"path,omitempty"`
	Size     int64  `json:"size"` // bytes
	Magic    uint32 `json:"magic"`
	Version  uint32 `json:"version"`
	Capacity uint64 `json:"capacity"`
	Write    uint64 `json:"write"`
	Commit   uint64 `json:"commit"`
	Read     uint64 `json:"read"`
	// DataAvail and SpaceAvail are the event words: 1 set, 0 reset.
	DataAvail  uint32 `json:"data_avail"`
	SpaceAvail uint32 `json:"space_avail"`
	// Records are those published and not consumed, oldest first.
	Records []Record `json:"records,omitempty"`
	// Next is what stands where the next record will begin: stale bytes of an
	// earlier lap, or what a writer that died had begun. Nil if the ring has
	// no room there, or if there is a Problem.
	Next *Record `json:"next,omitempty"`
	// Problem says why an end could not be opened, or where the records stop
	// making sense; nil if all is well. It wraps ErrLayout or ErrCorrupt.
	Problem error `json:"-"`
	// Unfinished reports that there is no ring yet: the file is what a Create
	// leaves that dies before it has stored the magic.
	Unfinished bool `json:"unfinished,omitempty"`
}

// A Record is one record of a Snapshot.
type Record struct {
	Index  uint64 `json:"index"`  // position in the stream of bytes
	Offset uint64 `json:"offset"` // position in the data area
	Ready  bool   `json:"ready"`
	Wrap   bool   `json:"wrap"`
	Length uint32 `json:"length"` // of the body, in bytes
	Body   []byte `json:"body,omitempty"`
}

// Inspect reads the ring file at path without mapping, locking or changing it.
// The error is about reading the file alone; what is wrong with its contents
// is Snapshot.Problem. A ring in use is read while it changes: its words may
// stem from different moments. The whole file is read into memory, up to 1 GiB.
func Inspect(path string) (Snapshot, error) {
	f, err := openRegular(path)
	if err != nil {
		return Snapshot{Path: path}, fmt.Errorf("ring: inspect %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Snapshot{Path: path}, fmt.Errorf("ring: inspect %s: %w", path, err)
	}
	if info.Size() > FileSize(MaxCapacity) {
		problem := fmt.Errorf("%w: file has %d bytes, a ring has at most %d", ErrLayout, info.Size(), FileSize(MaxCapacity))
		return Snapshot{Path: path, Size: info.Size(), Problem: problem}, nil
	}
	image, err := io.ReadAll(io.LimitReader(f, info.Size())) // it may have no end
	if err != nil {
		return Snapshot{Path: path}, fmt.Errorf("ring: inspect %s: %w", path, err)
	}
	s := Decode(image)
	s.Path = path
	return s, nil
}

// openRegular opens a regular file for reading.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a regular file but %s", ErrLayout, info.Mode())
	}
	return os.Open(path)
}

// Decode decodes the bytes of a ring file, whatever they are. What is wrong with
// them is Snapshot.Problem. The snapshot's bodies alias image.
func Decode(image []byte) Snapshot {
	s := Snapshot{Size: int64(len(image))}
	if len(image) < HeaderSize {
		s.Problem, s.Unfinished = checkSize(s.Size), s.Size == 0
		return s
	}
	id := binary.NativeEndian.Uint64(image[offIdent:])
	s.Magic, s.Version = uint32(id>>32), uint32(id)
	s.Capacity = binary.NativeEndian.Uint64(image[offCapacity:])
	s.Write = binary.NativeEndian.Uint64(image[offWrite:])
	s.Commit = binary.NativeEndian.Uint64(image[offCommit:])
	s.Read = binary.NativeEndian.Uint64(image[offRead:])
	s.DataAvail = binary.NativeEndian.Uint32(image[offDataAvail:])
	s.SpaceAvail = binary.NativeEndian.Uint32(image[offSpaceAvail:])
	if s.Problem = checkHeader(s.Size, id, s.Capacity, bytes.NewReader(image).ReadAt); s.Problem != nil {
		s.Unfinished = s.Problem == errUnfinished
		return s
	}
	if s.Problem = checkIndices(s.Capacity, s.Write, s.Read); s.Problem == nil {
		s.decodeRecords(image[HeaderSize:])
	}
	return s
}

func (s *Snapshot) decodeRecords(data []byte) {
	index := s.Read
	for index != s.Write {
		rec, header := decodeRecord(data, index)
		if s.Problem = checkRecord(s.Capacity, rec.Offset, s.Write-index, header); s.Problem != nil {
			return
		}
		s.Records = append(s.Records, rec)
		index += recordSize(int(rec.Length))
	}
	if s.Write-s.Read < s.Capacity {
		rec, _ := decodeRecord(data, s.Write)
		s.Next = &rec
	}
}

// decodeRecord reads the record at index, with as much of its body as lies
// within the data area, and its header word.
func decodeRecord(data []byte, index uint64) (Record, uint32) {
	off := index % uint64(len(data))
	rec := DecodeRecord(data[off:])
	rec.Index, rec.Offset = index, off
	return rec, binary.NativeEndian.Uint32(data[off:])
}

// DecodeRecord decodes the record that would begin with the given bytes of a
// data area, at least 4, published or not. Its Index and Offset are zero.
func DecodeRecord(data []byte) Record {
	header := binary.NativeEndian.Uint32(data)
	rec := Record{
		Ready:  header&flagReady != 0,
		Wrap:   header&flagWrap != 0,
		Length: header & lengthMask,
	}
	if !rec.Wrap {
		body := data[recordHeader:]
		rec.Body = body[:min(uint64(rec.Length), uint64(len(body)))]
	}
	return rec
}

// String describes the snapshot in a few lines for a person.
func (s Snapshot) String() string {
	var b strings.Builder
	if s.Path != "" {
		fmt.Fprintf(&b, "ring %s\n", s.Path)
	}
	fmt.Fprintf(&b, "file   %d bytes, magic %#08x, version %d, capacity %d\n", s.Size, s.Magic, s.Version, s.Capacity)
	fmt.Fprintf(&b, "index  write %d, commit %d, read %d: %d bytes in flight\n", s.Write, s.Commit, s.Read, s.Write-s.Read)
	fmt.Fprintf(&b, "event  data_avail %s, space_avail %s\n", eventName(s.DataAvail), eventName(s.SpaceAvail))
	for _, rec := range s.Records {
		fmt.Fprintf(&b, "record %s\n", rec)
	}
	if s.Next != nil {
		fmt.Fprintf(&b, "next   %s (not published)\n", s.Next)
	}
	if s.Problem != nil {
		fmt.Fprintf(&b, "wrong  %v\n", s.Problem)
	}
	return b.String()
}

// String describes the record in one line.
func (r Record) String() string {
	flags := "not ready"
	if r.Ready {
		flags = "READY"
	}
	at := fmt.Sprintf("at %d (offset %d) %s", r.Index, r.Offset, flags)
	if r.Wrap {
		return fmt.Sprintf("%s WRAP, %d bytes", at, r.Length)
	}
	const shown = 32
	if len(r.Body) > shown {
		return fmt.Sprintf("%s, %d bytes: %q…", at, r.Length, r.Body[:shown])
	}
	return fmt.Sprintf("%s, %d bytes: %q", at, r.Length, r.Body)
}

func eventName(word uint32) string {
	switch word {
	case 0:
		return "reset"
	case 1:
		return "set"
	}
	return fmt.Sprintf("%#x", word)
}

package ring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzOpen has a file of any bytes and length, and asks that Open, Attach and
// Inspect agree about it with the reference, and leave it as it is.
func FuzzOpen(f *testing.F) {
	sound := make([]byte, refHeader+64)
	refImage(sound, 24, 8, []byte{4, 0, 0, 0x80, 'b', 'o', 'd', 'y'})
	f.Add(sound[:264], sound[refHeader:], uint16(len(sound)))
	f.Add(sound[:264], []byte(nil), uint16(len(sound)))
	f.Add(sound[:264], []byte(nil), uint16(len(sound)-1))
	f.Add(sound[:264], []byte(nil), uint16(4096))
	f.Add([]byte(nil), []byte(nil), uint16(0))
	f.Add([]byte("#!/bin/sh\n"), []byte(nil), uint16(10))
	path := filepath.Join(f.TempDir(), "fuzzed.ring")
	f.Fuzz(func(t *testing.T, head, body []byte, size uint16) {
		img := make([]byte, max(size, refHeader)%(refHeader+1<<12))
		copy(img, head)
		copy(img[refHeader:], body)
		img = img[:min(len(img), int(size))]
		if err := os.WriteFile(path, img, 0o600); err != nil {
			t.Fatal(err)
		}
		want := refOpens(img)
		w, err := Attach(path)
		expectVerdict(t, "Attach", err, want)
		r, err := Open(path)
		expectVerdict(t, "Open", err, want)
		s, err := Inspect(path)
		if err != nil {
			t.Fatal(err)
		}
		expectSnapshot(t, s, img)
		expectSnapshot(t, Decode(img), img)
		now, err := os.ReadFile(path)
		if err != nil || len(now) != len(img) {
			t.Fatalf("file has %d bytes, had %d: %v", len(now), len(img), err)
		}
		expectBytes(t, now, img)
		if want == nil {
			expectRecords(t, r, img)
			w.Close()
			r.Close()
		}
	})
}

// expectVerdict compares an error with the reference's.
func expectVerdict(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// expectRecords peeks at all there is in a ring that was opened.
func expectRecords(t *testing.T, r *Reader, img []byte) {
	t.Helper()
	records, behind := refDecode(img, refWord(img, refRead), refWord(img, refWrite))
	for _, want := range records {
		if want.wrap {
			continue
		}
		got, err := r.TryPeek()
		if err != nil || !bytes.Equal(got, want.body) {
			t.Fatalf("TryPeek = %x, %v; want %x", got, err, want.body)
		}
	}
	_, err := r.TryPeek()
	expectVerdict(t, "TryPeek behind the last message", err, behind)
}

// expectSnapshot compares a snapshot with the reference.
func expectSnapshot(t *testing.T, s Snapshot, img []byte) {
	t.Helper()
	if want := refOpens(img); want != nil {
		expectVerdict(t, "Problem", s.Problem, want)
		return
	}
	records, behind := refDecode(img, refWord(img, refRead), refWord(img, refWrite))
	if behind == ErrEmpty {
		behind = nil
	}
	expectVerdict(t, "Problem", s.Problem, behind)
	if len(records) != len(s.Records) {
		t.Fatalf("snapshot has %d records, want %d", len(s.Records), len(records))
	}
	for i, want := range records {
		got := s.Records[i]
		if got.Wrap != want.wrap || !want.wrap && !bytes.Equal(got.Body, want.body) {
			t.Fatalf("record %d is %v, want %+v", i, got, want)
		}
	}
}

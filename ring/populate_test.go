package ring

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAPopulatedRingWorks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	w, err := Create(path, 1<<16, WithPopulate())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.TryPush([]byte("kept")); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path, WithPopulate()) // beside a live writer, whose bytes stay
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if msg, err := r.TryPop(nil); err != nil || string(msg) != "kept" {
		t.Fatalf("TryPop = %q, %v", msg, err)
	}
}

// Both ways of having pages in place meet a file that is cut meanwhile.
func TestAFileThatIsCutWhileItIsPopulatedIsAnError(t *testing.T) {
	_, r := bothEnds(t, filepath.Join(t.TempDir(), "ring"))
	if err := os.Truncate(r.Path(), 0); err != nil {
		t.Fatal(err)
	}
	if err := r.prepare(settings{populate: true}); !errors.Is(err, ErrTruncated) {
		t.Errorf("populating: %v, want ErrTruncated", err)
	}
	if r.reaches(func() { touch(r.mem) }) {
		t.Error("touching pages that are not there was no fault")
	}
}

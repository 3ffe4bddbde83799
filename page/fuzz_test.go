package page_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"killpoint/page"
)

// FuzzLoad: whatever stands in the files of results, they are an error that names
// the file, or a report that can be written in every form.
func FuzzLoad(f *testing.F) {
	names := []string{"crash-matrix.json", "explore.json", "soak.json", "bench.json", "mutants.json", "crash-matrix-1-of-2.json"}
	for i, name := range names {
		if text, err := os.ReadFile(filepath.Join("testdata", name)); err == nil {
			f.Add(uint8(i), text)
		}
		f.Add(uint8(i), []byte("null"))
		f.Add(uint8(i), []byte("[]"))
		f.Add(uint8(i), []byte("{}"))
	}
	var matrix bytes.Buffer
	if err := red(2).WriteJSON(&matrix); err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(0), matrix.Bytes())
	f.Add(uint8(4), bytes.Replace(matrix.Bytes(), []byte(`"seed"`), []byte(`"shard": "99999999999/-3", "seed"`), 1))
	f.Add(uint8(4), bytes.Replace(matrix.Bytes(), []byte(`"seed"`), []byte(`"shard": "1/2000000000", "seed"`), 1))
	for _, s := range []string{
		`{"recovery":{}}`, `{"recovery":null,"operations":[null,{}],"interleavings":{}}`,
		`{"format":2,"cells":[{"id":"a/b","site":"w-a","mode":"b","verdict":"fail","evidence":{"images":[{"when":"x","size":18446744073709551615,"records":[[18446744073709551615,18446744073709551615,"","",true]]}]}}]}`,
	} {
		for i := range names {
			f.Add(uint8(i), []byte(s))
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, which uint8, text []byte) {
		folder, err := os.MkdirTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		path := filepath.Join(folder, names[int(which)%len(names)])
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := page.Load(folder)
		if err != nil {
			if !bytes.Contains([]byte(err.Error()), []byte(path)) {
				t.Fatalf("the error does not name the file: %v", err)
			}
			return
		}
		for _, write := range []func(io.Writer) error{r.WriteHTML, r.WriteMarkdown} {
			if err := write(io.Discard); err != nil {
				t.Fatal(err)
			}
		}
	})
}

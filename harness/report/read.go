package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// MaxFile bounds the files of results that are read, in bytes: a matrix of a
// thousand cells has about ten million.
const MaxFile = 256 << 20

// Sums are the counts of a matrix, beside its cells in the file: cells that were
// lost on the way, or a verdict that was changed, are noticed.
type Sums struct {
	Cells   int `json:"cells"`
	Pass    int `json:"pass"`
	Fail    int `json:"fail"`
	Unknown int `json:"unknown"`
}

// Read reads a matrix from a JSON file. A cell that says pass, and has no facts
// that say so, is unknown in what is returned. Errors name the file: it cannot be
// read, is no matrix, has a verdict that is none, or sums that are not those of
// its cells. The first format had no facts: no cell of it is a pass.
func Read(path string) (Matrix, error) {
	text, err := ReadFile(path)
	if err != nil {
		return Matrix{}, err
	}
	m, err := Decode(text)
	if err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// ReadFile reads a file of results. What is no regular file, or is larger than
// MaxFile, is an error.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: name one that killpoint wrote", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxFile {
		return nil, fmt.Errorf("%s has more than %d bytes, too many for results: name one that killpoint wrote", path, MaxFile)
	}
	return text, nil
}

// Decode is Read of the text of a file.
func Decode(text []byte) (Matrix, error) {
	var m Matrix
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("not a matrix: %w", err)
	}
	if m.Format > Format {
		return m, fmt.Errorf("format %d, this program knows %d: use the program that wrote it", m.Format, Format)
	}
	if i, n := m.shard(); m.Shard != "" && (i < 1 || i > n || n > maxShards) {
		return m, fmt.Errorf("shard %q is not i/n, with i from 1 to n and n at most %d", m.Shard, maxShards)
	}
	for _, r := range m.Cells {
		if r.Verdict != Pass && r.Verdict != Fail && r.Verdict != Unknown {
			return m, fmt.Errorf("cell %s: verdict %q is none of %s, %s, %s: the file was changed, or is another program's", r.ID, r.Verdict, Pass, Fail, Unknown)
		}
	}
	pass, fail, unknown := m.Counts()
	if is := (Sums{len(m.Cells), pass, fail, unknown}); m.Sums != nil && *m.Sums != is {
		return m, fmt.Errorf("it says %+v, and its cells are %+v: the file was changed or damaged; run the cells again", *m.Sums, is)
	}
	m.Sums = nil
	for i := range m.Cells {
		m.Cells[i].doubt()
	}
	return m, nil
}

// doubt makes a pass that its facts do not prove unknown.
func (r *Row) doubt() {
	if r.Verdict != Pass {
		return
	}
	why := ""
	switch {
	case r.Evidence == nil || len(r.Evidence.Facts) == 0:
		why = "it says pass, and has no facts"
	default:
		var wrong []string
		for _, f := range r.Evidence.Facts {
			if !f.Right() {
				wrong = append(wrong, f.Name)
			}
		}
		if len(wrong) > 0 {
			why = "it says pass, and not as expected are " + strings.Join(wrong, ", ")
		}
	}
	if why != "" {
		r.Verdict, r.Detail = Unknown, why+": run the cell again"
	}
}

// maxShards bounds what is listed as missing.
const maxShards = 100_000

// shard reads "2/4"; what is no such thing is 0 of 0.
func (m Matrix) shard() (i, n int) {
	left, right, _ := strings.Cut(m.Shard, "/")
	i, err := strconv.Atoi(left)
	n, err2 := strconv.Atoi(right)
	if err != nil || err2 != nil {
		return 0, 0
	}
	return i, n
}

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// commandLine is a line for a POSIX shell that runs this program, as it was
// called, with these arguments. All lines that are printed to be pasted are made
// by it or by shellLine.
func commandLine(args ...string) string {
	return shellLine(append([]string{os.Args[0]}, args...)...)
}

// shellLine is a line for a POSIX shell that has exactly these words.
func shellLine(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = shellWord(w)
	}
	return strings.Join(quoted, " ")
}

// placeholder stands for the id of a cell, which has no letter to quote.
const placeholder = "{id}"

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

func shellWord(word string) string {
	if plainWord.MatchString(word) || word == placeholder {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// shellPath is the path as seen from here, in a form that is neither looked for in
// PATH nor taken for a flag.
func shellPath(path string) string {
	path = relative(path)
	if !strings.Contains(path, "/") || strings.HasPrefix(path, "-") {
		return "." + string(filepath.Separator) + path
	}
	return path
}

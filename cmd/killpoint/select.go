package main

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"killpoint/scenarios"
)

// selectCells picks cells by text and shard; either may be empty.
func selectCells(filter, shard string) ([]scenarios.Cell, error) {
	return choice{patterns: nonEmpty(filter), shard: shard}.cells()
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// choice is which cells are to be run: those that match any of the patterns and
// have all of the labels, in a shard. What is empty leaves nothing out.
type choice struct {
	patterns, labels []string
	shard            string
}

func (c choice) cells() ([]scenarios.Cell, error) {
	for _, p := range c.patterns {
		if p == "" {
			return nil, errors.New("a pattern is empty, and would pick every cell; leave it out for that")
		}
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p, err)
		}
	}
	var cells []scenarios.Cell
	for _, cell := range scenarios.All() {
		if c.takes(cell) {
			cells = append(cells, cell)
		}
	}
	if len(cells) == 0 {
		return nil, fmt.Errorf("no cell has %q in its id or labels; 'killpoint cells' lists them", strings.Join(append(c.patterns, c.labels...), " "))
	}
	if c.shard == "" {
		return cells, nil
	}
	cells, err := scenarios.Shard(cells, c.shard)
	if err == nil && len(cells) == 0 {
		err = errors.New("shard " + c.shard + " is empty: there are fewer cells than shards")
	}
	return cells, err
}

func (c choice) takes(cell scenarios.Cell) bool {
	labels := cell.Labels()
	for _, want := range c.labels {
		if !slices.Contains(labels, want) {
			return false
		}
	}
	return len(c.patterns) == 0 || slices.ContainsFunc(c.patterns, func(p string) bool {
		if !strings.ContainsAny(p, "*?[") {
			return strings.Contains(cell.ID, p) || strings.Contains(strings.Join(labels, " "), p)
		}
		// A star stands for anything, as it does for a person who has no folders
		// in mind.
		matched, _ := path.Match(flat(p), flat(cell.ID))
		return matched
	})
}

func flat(id string) string { return strings.ReplaceAll(id, "/", ":") }

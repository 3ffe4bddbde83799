package scenarios

import (
	"context"
	"slices"
	"strings"

	"killpoint/harness"
	"killpoint/ring"
)

// safetyCells are about promises that hold wherever a process stands: who holds
// an end, what a dead, stopped, confused or hostile peer can do, and what becomes
// of a file that is changed behind the back of its ends.
func safetyCells() []Cell {
	return slices.Concat(roleCells(), stallCells(), truncatedCells(), replacedCells(), fileCells(), hostileCells())
}

// safety makes such a cell. The first part of its id is a label.
func safety(id string, want Facts, run func(*lab, Cell) Facts) Cell {
	group, _, _ := strings.Cut(id, "/")
	return Cell{ID: "safety/" + id, Want: want, More: []string{"safety", group}, run: run}
}

// sides are both, each with the operation by which a process becomes it.
var sides = []struct {
	side, other ring.Side
	join        string
	otherJoin   string
}{
	{ring.WriterSide, ring.ReaderSide, "attach", "open"},
	{ring.ReaderSide, ring.WriterSide, "open", "attach"},
}

// joined starts a process that holds an end.
func (l *lab) joined(side ring.Side, name string, a joinArgs) *harness.Child {
	c := l.start(side, name)
	l.call(c, map[ring.Side]string{ring.WriterSide: "attach", ring.ReaderSide: "open"}[side], a)
	return c
}

// answerTo names how a call under way ended, as answer does.
func (l *lab) answerTo(p *harness.Pending) string {
	return named(l.until(func(ctx context.Context) error { return p.Wait(ctx, nil) }))
}

// ask has a child do something and returns its result.
func ask[R any](l *lab, c *harness.Child, op string, args any) (result R) {
	l.wait(c.Go(op, args), &result)
	return result
}

// ended ends a child that must be alive still, and tells how it ended.
func (l *lab) ended(c *harness.Child) string {
	exit, err := c.Finish(l.ctx)
	l.check(err)
	return exit.String()
}

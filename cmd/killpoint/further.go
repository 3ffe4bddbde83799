package main

import (
	"context"
	"io"
	"path/filepath"

	"killpoint/scenarios/explored"
)

// further explores, on the ring as it ships, what is about more than one
// operation: death after death, and a peer in between.
func further(ctx context.Context, b *base, report *explored.Report, progress func(string)) error {
	build, err := explored.BuildChild(ctx, explored.Plain, b.work)
	if err != nil {
		return err
	}
	recovery, err := explored.Recover(ctx, build.Program.Path, b.work, progress)
	if err != nil {
		return err
	}
	report.Recovery = &recovery
	for name, text := range map[string][]byte{"explore.dot": recovery.Graph.DOT(), "explore.svg": recovery.Graph.SVG()} {
		write := func(w io.Writer) error { _, err := w.Write(text); return err }
		if err := writeFile(filepath.Join(b.out, name), write); err != nil {
			return err
		}
	}
	interleavings, err := explored.Interleave(ctx, build.Program.Path, b.work, progress)
	if err != nil {
		return err
	}
	report.Interleavings = &interleavings
	return nil
}

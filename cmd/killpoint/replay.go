package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"killpoint/scenarios"
)

// replay has fresh peers open what a folder of evidence holds.
func replay(ctx context.Context, cmd *cli.Command, folder string) error {
	for _, name := range []string{"mode", "poll", "pause", "debug"} {
		if cmd.IsSet(name) {
			return fmt.Errorf("repro: %s is evidence, without a victim: --%s is for cells", folder, name)
		}
	}
	saved, evidence, err := scenarios.Load(folder)
	if err != nil {
		return err
	}
	c, err := scenarios.Find(saved.Cell)
	if err != nil {
		return fmt.Errorf("repro: %s is of no cell that there is today: %w", folder, err)
	}
	if evidence.AtDeath == nil {
		return fmt.Errorf("repro: %s holds no %s: there was no victim, or it had not died; repeat the cell: %s", folder, scenarios.DeathImage, reproCommandLine(cmd.String("plant"), c.ID))
	}
	base, err := prepared(ctx, cmd)
	if err != nil {
		return err
	}
	defer base.close()
	work := filepath.Join(base.work, "replay")
	if cmd.Bool("keep") {
		work = filepath.Join(base.out, "replay", scenarios.FolderName(c.ID))
	}
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(work, 0o755)); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, cmd.Duration("patience"))
	defer cancel()
	r := scenarios.Replay(limited, c, evidence, base.programs, work)
	said := said(cmd)
	fmt.Fprintf(said, "fresh peers on the ring of %s, which was %s then; its victim: %s\n\n", saved.Cell, saved.Verdict, saved.Exit)
	return finish(ctx, cmd, r, work, said)
}

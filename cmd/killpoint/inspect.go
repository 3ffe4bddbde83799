package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"killpoint/ring"
	"killpoint/scenarios"
)

// inspected is a ring file and what it tells.
type inspected struct {
	ring.Snapshot
	Wrong string      `json:"wrong,omitempty"` // Snapshot.Problem
	Told  []ring.Site `json:"told"`            // the sites of the very operation that was cut off
	Sites []ring.Site `json:"sites"`           // all at which a victim may have left it so
}

func inspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "decode a ring file, live, dead or damaged, and say at which sites a victim may have left it so",
		ArgsUsage: "FILE",
		Description: "Opens the file for reading and neither maps, locks nor changes it. Of a ring in use, the words may stem from\n" +
			"different moments. Exits 0 if the ring is sound, 1 if not, 2 if the file cannot be read.",
		Flags: []cli.Flag{jsonFlag()},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if cmd.NArg() != 1 {
				return errors.New("inspect: name one ring file")
			}
			path := cmd.Args().First()
			if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
				return fmt.Errorf("inspect: %s is %s, and a ring is a regular file: name the file that ring.Create made", path, kind(info.Mode()))
			}
			s, err := ring.Inspect(path)
			if err != nil {
				return err
			}
			i := inspected{Snapshot: s, Told: scenarios.ToldSites(s), Sites: scenarios.ConsistentSites(s)}
			if s.Problem != nil {
				i.Wrong = s.Problem.Error()
			}
			if err := i.print(cmd.Bool("json")); err != nil {
				return err
			}
			if s.Problem != nil {
				return errRed
			}
			return nil
		},
	}
}

func (i inspected) print(asJSON bool) error {
	if asJSON {
		if err := printJSON(i); err != nil {
			return err
		}
		return nil
	}
	fmt.Print(i.Snapshot)
	if len(i.Told) > 0 {
		fmt.Printf("cut off at %s\n", listed(i.Told))
	}
	for _, side := range []ring.Side{ring.WriterSide, ring.ReaderSide} {
		fmt.Printf("%s may stand, or have died, at %s\n", side, listed(slices.DeleteFunc(slices.Clone(i.Sites), func(s ring.Site) bool {
			return !strings.HasPrefix(string(s), string(side)+"-")
		})))
	}
	return nil
}

// kind names what is no regular file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "none"
}

func listed(sites []ring.Site) string {
	if len(sites) == 0 {
		return "nothing that is documented"
	}
	var names []string
	for _, s := range sites {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

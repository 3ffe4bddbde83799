package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"killpoint/ring"
	"killpoint/scenarios"
)

// inspected is a ring file and what it tells.
type inspected struct {
	ring.Snapshot
	Wrong string      `json:"wrong,omitempty"` // Snapshot.Problem
	Sites []ring.Site `json:"sites"`           // at which a victim may have left it so
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
			s, err := ring.Inspect(cmd.Args().First())
			if err != nil {
				return err
			}
			i := inspected{Snapshot: s, Sites: scenarios.ConsistentSites(s)}
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
		text, err := json.MarshalIndent(i, "", " ")
		if err != nil {
			return err
		}
		fmt.Printf("%s\n", text)
		return nil
	}
	fmt.Print(i.Snapshot)
	for _, side := range []ring.Side{ring.WriterSide, ring.ReaderSide} {
		var names []string
		for _, info := range ring.Sites() {
			for _, s := range i.Sites {
				if s == info.Site && info.Side == side {
					names = append(names, strings.TrimPrefix(string(s), string(side)+"-"))
				}
			}
		}
		if len(names) == 0 {
			names = []string{"nowhere that is documented"}
		}
		fmt.Printf("%s  may stand, or have died, at %s\n", side, strings.Join(names, ", "))
	}
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"killpoint/ring"
	"killpoint/scenarios"
	"killpoint/scenarios/notes"
)

// listedCell is a cell as a program reads it.
type listedCell struct {
	ID     string          `json:"id"`
	Site   ring.Site       `json:"site,omitempty"`
	Labels []string        `json:"labels"`
	Want   scenarios.Facts `json:"want"`
}

func cellsCommand() *cli.Command {
	return &cli.Command{
		Name:      "cells",
		Usage:     "list the cells of the matrix and their labels",
		ArgsUsage: "[PATTERN]...",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "label", Usage: "list only cells with the label `WORD`; of several, with all of them"},
			jsonFlag(),
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			cells, err := choice{patterns: cmd.Args().Slice(), labels: cmd.StringSlice("label")}.cells()
			if err != nil {
				return err
			}
			if cmd.Bool("json") {
				var all []listedCell
				for _, c := range cells {
					all = append(all, listedCell{c.ID, c.Site, c.Labels(), c.Want})
				}
				return printJSON(all)
			}
			t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			for _, c := range cells {
				fmt.Fprintf(t, "%s\t%s\n", c.ID, strings.Join(c.Labels(), " "))
			}
			return t.Flush()
		},
	}
}

// listedSite is a site as a program reads it.
type listedSite struct {
	Site   ring.Site `json:"site"`
	Side   ring.Side `json:"side"`
	Op     string    `json:"op"`
	Done   string    `json:"done"`   // when a process stands there
	Next   string    `json:"next"`   // what it would do
	Marker bool      `json:"marker"` // else it is seen from outside
}

func sitesCommand() *cli.Command {
	return &cli.Command{
		Name:      "sites",
		Usage:     "list the crash sites and what is documented for each",
		ArgsUsage: "[TEXT]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "side", Usage: "list only those of the `SIDE` writer or reader"},
			&cli.StringFlag{Name: "op", Usage: "list only those of the operation `NAME`"},
			jsonFlag(),
			&cli.BoolFlag{Name: "markdown", Usage: "print the table of docs/cells.md"},
			&cli.BoolFlag{Name: "notes", Usage: "print " + notes.File + "; the ring's sources must be in ring/"},
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if cmd.Bool("markdown") {
				fmt.Print(scenarios.SiteTable())
				return nil
			}
			if cmd.Bool("notes") {
				text, err := notes.Document(filepath.Dir(notes.File))
				if err != nil {
					return err
				}
				_, err = os.Stdout.Write(text)
				return err
			}
			return listSites(cmd)
		},
	}
}

func listSites(cmd *cli.Command) error {
	if cmd.NArg() > 1 {
		return fmt.Errorf("sites: %q is one text too many; --side and --op narrow the list further", cmd.Args().Get(1))
	}
	var sites []listedSite
	for _, s := range ring.Sites() {
		l := listedSite{s.Site, s.Side, s.Op, s.Done, s.Next, s.Marker}
		text := strings.Join([]string{string(s.Site), s.Op, s.Done, s.Next}, " ")
		if strings.Contains(text, cmd.Args().First()) && among(cmd.String("side"), string(s.Side)) && among(cmd.String("op"), s.Op) {
			sites = append(sites, l)
		}
	}
	if len(sites) == 0 {
		return errors.New("sites: not found; without --side, --op and TEXT all are listed")
	}
	if cmd.Bool("json") {
		return printJSON(sites)
	}
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SITE\tOPERATION\tDONE\tNEXT")
	for _, s := range sites {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Site, s.Op, s.Done, s.Next)
	}
	return t.Flush()
}

// among reports whether nothing was asked for, or this.
func among(asked, is string) bool { return asked == "" || asked == is }

func printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s\n", text)
	return err
}

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

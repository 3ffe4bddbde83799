package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
			&cli.BoolFlag{Name: "markdown", Usage: "print the table of the README"},
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
		return errors.New("sites: there is none such; without --side, --op and TEXT all are listed")
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

// among tells whether nothing was asked for, or this.
func among(asked, is string) bool { return asked == "" || asked == is }

func printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s\n", text)
	return err
}

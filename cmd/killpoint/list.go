package main

import (
	"context"
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

func cellsCommand() *cli.Command {
	return &cli.Command{
		Name:      "cells",
		Usage:     "list the cells of the matrix and their labels",
		ArgsUsage: "[TEXT]",
		Action: func(_ context.Context, cmd *cli.Command) error {
			cells, err := selectCells(cmd.Args().First(), "")
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			for _, c := range cells {
				fmt.Fprintf(t, "%s\t%s\n", c.ID, strings.Join(c.Labels(), " "))
			}
			return t.Flush()
		},
	}
}

func sitesCommand() *cli.Command {
	return &cli.Command{
		Name:  "sites",
		Usage: "list the crash sites and what is documented for each",
		Flags: []cli.Flag{
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
			t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "SITE\tOPERATION\tDONE\tNEXT")
			for _, s := range ring.Sites() {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Site, s.Op, s.Done, s.Next)
			}
			return t.Flush()
		},
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"

	"killpoint/harness/soak"
	"killpoint/scenarios/soaked"
)

func soakCommand() *cli.Command {
	return &cli.Command{
		Name:  "soak",
		Usage: "kill a writer and a reader at full speed, thousands of times, check every message, and write soak.json",
		Description: "Who is killed, after how long, and how the successor sends, takes and polls follows from the seed; the instant\n" +
			"within the ring's code is the machine's. The first finding ends the campaign and leaves its evidence in OUT/failed.",
		Flags: []cli.Flag{
			outFlag(),
			&cli.IntFlag{Name: "kills", Value: 1000, Usage: "end after so many kills"},
			&cli.DurationFlag{Name: "for", Usage: "end after that `TIME` instead, or after --kills if both are given"},
			&cli.Int64Flag{Name: "seed", Usage: "of the schedule; 0 takes one from the clock"},
			&cli.IntFlag{Name: "round", Value: -1, Usage: "run the schedule of round `N` alone, again and again"},
			parallelFlag("rings soaked"),
			patienceFlag("messages to flow again"),
			plantFlag(),
			jsonFlag(),
		},
		Action: runSoak,
	}
}

func runSoak(ctx context.Context, cmd *cli.Command) error {
	kills, limit := cmd.Int("kills"), cmd.Duration("for")
	switch {
	case cmd.Args().Present():
		return fmt.Errorf("soak: %q is no flag; --kills and --for say how much, --seed what", cmd.Args().First())
	case kills < 1:
		return fmt.Errorf("soak: --kills is %d, and must be at least 1", kills)
	case cmd.IsSet("for") && limit <= 0:
		return fmt.Errorf("soak: --for is %v, and must be more than 0, such as 1m", limit)
	case cmd.IsSet("round") && cmd.Int("round") < 0:
		return fmt.Errorf("soak: --round is %d, and must be at least 0", cmd.Int("round"))
	}
	if cmd.IsSet("for") && !cmd.IsSet("kills") {
		kills = 0
	}
	base, err := prepared(ctx, cmd)
	if err != nil {
		return err
	}
	defer base.close()
	seed := cmd.Int64("seed")
	if seed == 0 {
		seed = time.Now().UnixNano() % 1_000_000
	}
	fmt.Fprintf(os.Stderr, "soak: seed %d\n", seed)
	progress := newSoakProgress(os.Stderr, kills, limit)
	campaign := soak.Campaign{
		Subject: soaked.Subject(base.programs.Plain), Dir: base.work, Seed: seed, Kills: kills, For: limit,
		Only: cmd.Int("round"), Parallel: cmd.Int("parallel"), Patience: cmd.Duration("patience"),
		Evidence: filepath.Join(base.out, "failed"), Done: progress.done,
		Repeat: func(round int) string { return soakCommandLine(cmd.String("plant"), seed, round) },
	}
	result := campaign.Run(ctx)
	progress.end()
	if cmd.Bool("json") {
		err = result.WriteJSON(os.Stdout)
	} else {
		result.WriteSummary(os.Stdout)
	}
	// What has been found is said before it is known whether it can be kept.
	if kept := writeFile(filepath.Join(base.out, "soak.json"), result.WriteJSON); kept != nil {
		err = errors.Join(err, fmt.Errorf("the result above could not be kept: %w", kept))
	}
	if err == nil && !result.Passed() {
		err = errRed
	}
	return err
}

// soakCommandLine is the command that runs the schedule of a round again, until
// it finds something or for a thousand kills.
func soakCommandLine(plant string, seed int64, round int) string {
	args := []string{"soak", "--seed", fmt.Sprint(seed), "--round", fmt.Sprint(round)}
	if plant != "" {
		args = append(args, "--plant", plant)
	}
	return commandLine(args...)
}

// soakProgress shows how far a soak is: one changing line on a terminal, else one
// every now and then.
type soakProgress struct {
	w        *os.File
	terminal bool
	kills    int // 0 is no limit
	limit    time.Duration
	said     time.Time
}

func newSoakProgress(w *os.File, kills int, limit time.Duration) *soakProgress {
	_, err := unix.IoctlGetTermios(int(w.Fd()), unix.TCGETS)
	return &soakProgress{w: w, terminal: err == nil, kills: kills, limit: limit}
}

func (p *soakProgress) done(r soak.Result) {
	const seldom = 10 * time.Second
	if !p.terminal && time.Since(p.said) < seldom {
		return
	}
	p.said = time.Now()
	of := ""
	if p.kills > 0 {
		of = fmt.Sprintf("/%d", p.kills)
	}
	line := fmt.Sprintf("[%d%s kills] %v, %d rounds, %d messages", r.Kills, of, r.Time.Round(time.Second), r.Rounds, r.Messages)
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
	} else {
		fmt.Fprintln(p.w, line)
	}
}

func (p *soakProgress) end() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

package harness_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"killpoint/harness"
	"killpoint/harness/control"
)

// A program that replaces a file dies between writing the new one and renaming
// it. The old one must still be whole.
//
// The program has failpoint.InjectCall("after-write") at that point and hands
// its markers and operations to agent.Main; see internal/saver.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	program, err := harness.Build{
		Package:    "killpoint/harness/internal/saver",
		Instrument: []string{"killpoint/harness/internal/saver"},
		Output:     filepath.Join(dir, "saver"),
	}.Run(ctx)
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(dir, "letter")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		log.Fatal(err)
	}

	site := control.Arm{Site: "after-write", Hit: 1, Action: control.Park}
	victim, err := program.Start(harness.Config{Name: "victim", Role: "saver", Arms: []control.Arm{site}})
	if err != nil {
		log.Fatal(err)
	}
	defer victim.Close()
	victim.Go("save", struct{ Path, Text string }{path, "new"})
	hit, err := victim.WaitHit(ctx, site)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("stands at %s, hit %d, holding %s\n", hit.Site, hit.Hit, hit.Holding)
	exit, err := victim.Kill()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ended:", exit)

	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("the letter reads %q\n", text)
	// Output:
	// stands at after-write, hit 1, holding "new"
	// ended: signal SIGKILL
	// the letter reads "old"
}

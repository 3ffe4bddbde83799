package harness_test

import (
	"path/filepath"
	"testing"

	"killpoint/harness"
	"killpoint/harness/control"
)

// BenchmarkSpawnParkKill is the floor under every crash cell: spawn a victim
// and a peer, wait until the victim is parked at its site, kill it, see that
// the peer lives.
func BenchmarkSpawnParkKill(b *testing.B) {
	path, at := filepath.Join(b.TempDir(), "file"), arm("after-write", 1, control.Park)
	ctx := patient(b)
	for b.Loop() {
		peer, err := saver.Start(harness.Config{Name: "peer", Role: "saver"})
		if err != nil {
			b.Fatal(err)
		}
		victim, err := saver.Start(harness.Config{Name: "victim", Role: "saver", Arms: []control.Arm{at}})
		if err != nil {
			b.Fatal(err)
		}
		victim.Go("save", save{path, "new"})
		if _, err := victim.WaitHit(ctx, at); err != nil {
			b.Fatal(err)
		}
		if exit, err := victim.Kill(); err != nil || !exit.Killed() {
			b.Fatal(exit, err)
		}
		if _, err := peer.Hello(ctx); err != nil {
			b.Fatal(err)
		}
		victim.Close()
		peer.Close()
	}
}

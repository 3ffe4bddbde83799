package explore_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"killpoint/harness/explore"
)

func TestQuick(t *testing.T) {
	path := t.TempDir() + "/file"
	for _, op := range []string{os.Getenv("OP")} {
		for _, e := range []explore.Engine{explore.Mprotect, explore.SingleStep} {
			os.WriteFile(path, make([]byte, 4096), 0o600)
			if op == "create" { os.Remove(path) }
			tr, err := explore.Run(context.Background(), explore.Config{Command: []string{"/tmp/explore-prober", op, path}, Files: []string{path}, Engine: e})
			fmt.Println(e, err, tr.Ending, tr.Stats)
			for i, s := range tr.States {
				if i < 40 {fmt.Println(&s)}
			}
		}
	}
}

package ring_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"killpoint/ring"
)

// BenchmarkPassing passes messages between two goroutines with a mapping each,
// which is what two processes do.
func BenchmarkPassing(b *testing.B) {
	for _, size := range []int{8, 64, 256, 4096} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "ring")
			w, err := ring.Create(path, 8<<20)
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			r, err := ring.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			b.SetBytes(int64(size))
			b.ReportAllocs()
			n := b.N
			done := make(chan error)
			go func() {
				buf := make([]byte, size)
				for range n {
					if _, err := r.Pop(b.Context(), buf); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
			msg := make([]byte, size)
			b.ResetTimer()
			for range n {
				if err := w.Push(b.Context(), msg); err != nil {
					b.Fatal(err)
				}
			}
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		})
	}
}

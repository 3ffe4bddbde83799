//go:build !linux

package explored

import "killpoint/harness/explore"

func awaken(string, int64) (int, error) { return 0, explore.ErrUnsupported }

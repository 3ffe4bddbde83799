module killpoint

go 1.25.0

require (
	github.com/pingcap/failpoint v0.0.0-20240528011301-b51a646c7c86
	golang.org/x/sys v0.47.0
)

require (
	github.com/pingcap/errors v0.11.4 // indirect
	github.com/sergi/go-diff v1.1.0 // indirect
	github.com/stretchr/testify v1.8.4 // indirect
	golang.org/x/tools v0.45.0 // indirect
)

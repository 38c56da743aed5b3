// Package etc holds the configuration that fastsips runs when it is given none.
package etc

import _ "embed"

// Default is fastsips.cfg.
//
//go:embed fastsips.cfg
var Default []byte

// DefaultName is what messages call it.
const DefaultName = "fastsips.cfg (built in)"

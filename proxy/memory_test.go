package proxy

import "testing"

// A finished transaction is a tombstone of at most 192 bytes plus the message that
// it may have to send again.
func TestTombstoneIsSmall(t *testing.T) {
	if TombstoneSize > 192 {
		t.Errorf("a tombstone is %d bytes", TombstoneSize)
	}
}

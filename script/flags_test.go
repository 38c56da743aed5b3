package script

import (
	"fmt"
	"testing"
)

// There are 32 names of message flags and 32 of branch flags; with 32 of them an existing
// one is still found (in OpenSIPS it is not).
func TestFlagNamesAreLimited(t *testing.T) {
	var f FlagNames
	for i := range 32 {
		if bit, err := f.Bit(fmt.Sprintf("f%d", i)); err != nil || bit != 1<<i {
			t.Fatalf("f%d: %x, %v", i, bit, err)
		}
	}
	if _, err := f.Bit("one_more"); err == nil {
		t.Error("33 flags")
	}
	if bit, err := f.Bit("f31"); err != nil || bit != 1<<31 {
		t.Errorf("f31: %x, %v", bit, err)
	}
}

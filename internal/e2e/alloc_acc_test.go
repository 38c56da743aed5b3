package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/invariants"
)

// Accounting of transactions to the log, with fields, costs no allocation.
func TestAccountingDoesNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	checkAllocs(t, 1, `$acc_extra(caller) = $fU; $acc_leg(leg) = $si; acc_new_leg(); do_accounting("log", "missed|failed"); t_relay();`)
}

// Nor does remembering calls for their CDRs.
func TestCDRsDoNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	checkAllocs(t, 1, `$acc_extra(caller) = $fU; do_accounting("log", "cdr|missed"); t_relay();`)
}

package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/invariants"
)

// What every script asks of and does to every message costs no allocation.
func TestHeaderFunctionsDoNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	checkAllocs(t, 1, `
	if (is_method("INVITE|SUBSCRIBE") && !is_method("BYE") && !has_totag()) {
		if (!is_present_hf("X-Absent") && is_present_hf("Contact") && !has_body("application/sdp")) {
			append_hf("X-Source: $si\r\n");
			append_hf("X-Behind: 1\r\n", "Call-ID");
			insert_hf("X-First: 1\r\n");
			remove_hf("User-Agent");
			remove_hf("X-Absent");
			append_to_reply("X-Reply: 1\r\n");
			list_hdr_has_option("Supported", "timer");
			ruri_has_param("lr");
		}
	}
	t_relay();`)
}

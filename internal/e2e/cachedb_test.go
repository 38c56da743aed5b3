package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// "With enable_restart_persistency all keys are written to the file ... when the proxy
// ends in order, and read at the next start."
func TestKeysSurviveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	const script = `
log_level=3
socket=udp:[proxy]
restart_persistency_cache_file="[file]"
loadmodule "cachedb_local.so"
modparam("cachedb_local", "enable_restart_persistency", 1)
route { exit; }
startup_route {
	cache_add("local", "starts", 1, 0, $var(n));
	xlog("started $var(n) times\n");
}
`
	for _, want := range []string{"started 1 times", "started 2 times", "started 3 times"} {
		p := start(t, script, map[string]string{"file": file})
		p.WaitLog(want, patience)
		p.Stop()
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

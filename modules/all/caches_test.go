package all

import (
	"bytes"
	"testing"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// The name of a store that is written out is looked up when the script is loaded: a wrong
// one is a mistake with its place, and with what to write instead.
func TestStoresAreFoundAtLoad(t *testing.T) {
	text := `socket=udp:127.0.0.1:5060
loadmodule "cachedb_local.so"
modparam("cachedb_local", "cache_collections", "calls")
modparam("cachedb_local", "cachedb_url", "local:calls:///calls")
route {
	cache_store("local:cals", "k", "v");
	cache_store("lokal", "k", "v");
	cache_store("local:elsewhere", "k", "v");
	cache_store("redis:group1", "k", "v");
	cache_store("nosuch:group1", "k", "v");
	cache_raw_query("local", "k");
	cache_store("local:$rU", "k", "v");
}
`
	want := `caches.cfg:6:14: error: cache_store: storage_id: no cachedb_url of local has the group "cals"
	cache_store("local:cals", "k", "v");
	            ^~~~~~~~~~~~
	did you mean local:calls?
caches.cfg:7:14: error: cache_store: storage_id: no loaded module stores under "lokal"
	cache_store("lokal", "k", "v");
	            ^~~~~~~
	did you mean local?
caches.cfg:8:14: error: cache_store: storage_id: no cachedb_url of local has the group "elsewhere"
	cache_store("local:elsewhere", "k", "v");
	            ^~~~~~~~~~~~~~~~~
	add modparam("cachedb_local", "cachedb_url", "local:elsewhere://...")
caches.cfg:9:14: error: cache_store: storage_id: no loaded module stores under "redis"
	cache_store("redis:group1", "k", "v");
	            ^~~~~~~~~~~~~~
	add loadmodule "cachedb_redis.so"
caches.cfg:10:14: error: cache_store: storage_id: no loaded module stores under "nosuch"
	cache_store("nosuch:group1", "k", "v");
	            ^~~~~~~~~~~~~~~
caches.cfg:11:18: error: cache_raw_query: storage_id: local has no language for raw queries
	cache_raw_query("local", "k");
	                ^~~~~~~
`
	var d syntax.Diags
	Load(ParseText(Options{File: "caches.cfg"}, []byte(text), &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
	var b bytes.Buffer
	d.Render(&b)
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

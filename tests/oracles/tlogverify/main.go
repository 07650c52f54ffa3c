// Command tlogverify checks a published tiled log with golang.org/x/mod alone.
// It shares no code with the writer it judges. Every hash is recomputed from
// the entries: tlog.TileHashReader is not used, because before x/mod 0.40.0 it
// leaves tiles unauthenticated (CVE-2026-56865).
//
//	tlogverify VKEY DIR [INDEX PROOF-FILE [OLD-SIZE OLD-ROOT CONSISTENCY-FILE]]
//
// PROOF-FILE is a C2SP .tlog-proof. CONSISTENCY-FILE has one base64 hash per
// line. It prints what it checked and exits with 1 at the first thing wrong.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

func main() {
	if n := len(os.Args); n != 3 && n != 5 && n != 8 {
		fail("usage: tlogverify VKEY DIR [INDEX PROOF-FILE [OLD-SIZE OLD-ROOT CONSISTENCY-FILE]]")
	}
	verifier, err := note.NewVerifier(os.Args[1])
	check(err)
	dir := os.Args[2]

	head := openHead(readFile(dir, "checkpoint"), verifier)
	tree := readEntries(dir, head.N)
	root := rootOf(head.N, tree)
	if root != head.Hash {
		fail("the entries hash to %v, the checkpoint says %v", root, head.Hash)
	}
	tiles := checkTiles(dir, head.N, tree)
	fmt.Printf("size %d, root %v, %d tiles\n", head.N, head.Hash, tiles)

	if len(os.Args) >= 5 {
		checkInclusion(readFile("", os.Args[4]), parse(os.Args[3]), verifier, tree)
		fmt.Println("inclusion proof good")
	}
	if len(os.Args) == 8 {
		checkConsistency(head, parse(os.Args[5]), os.Args[6], string(readFile("", os.Args[7])), tree)
		fmt.Println("consistency proof good")
	}
}

// rootOf is RFC 6962's root. x/mod 0.7.0 answers zeroes for the empty tree.
func rootOf(size int64, tree hashes) tlog.Hash {
	if size == 0 {
		return sha256.Sum256(nil)
	}
	root, err := tlog.TreeHash(size, tree)
	check(err)
	return root
}

func openHead(file []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(file, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		fail("the checkpoint does not have the three lines of this log")
	}
	return tlog.Tree{N: parse(lines[1]), Hash: parseHash(lines[2])}
}

// hashes holds every stored hash of the tree, in tlog's own order.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var list []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(h)) {
			return nil, fmt.Errorf("hash %d is not in the tree", i)
		}
		list = append(list, h[i])
	}
	return list, nil
}

func readEntries(dir string, size int64) hashes {
	var tree hashes
	for first := int64(0); first < size; first += width {
		w := min(width, size-first)
		name := path("entries", first/width, w)
		rest := readFile(dir, name)
		for i := int64(0); i < w; i++ {
			if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
				fail("%s is cut short in entry %d", name, first+i)
			}
			end := 2 + int(binary.BigEndian.Uint16(rest))
			added, err := tlog.StoredHashes(first+i, rest[2:end], tree)
			check(err)
			tree = append(tree, added...)
			rest = rest[end:]
		}
		if len(rest) != 0 {
			fail("%s has bytes after its last entry", name)
		}
	}
	return tree
}

// checkTiles wants exactly the tiles of this size and compares each whole.
func checkTiles(dir string, size int64, tree hashes) int {
	count := 0
	for level := 0; size>>(8*uint(level)) > 0; level++ {
		n := size >> (8 * uint(level))
		for first := int64(0); first < n; first += width {
			w := min(width, n-first)
			var want []byte
			for i := first; i < first+w; i++ {
				h := tree[tlog.StoredHashIndex(8*level, i)]
				want = append(want, h[:]...)
			}
			name := path(strconv.Itoa(level), first/width, w)
			if !bytes.Equal(readFile(dir, name), want) {
				fail("%s is not the tile of the entries", name)
			}
			count++
		}
	}
	return count
}

func checkInclusion(file []byte, index int64, verifier note.Verifier, tree hashes) {
	parts := strings.SplitN(string(file), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if len(parts) != 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("the proof file does not name its format")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if lines[0] != fmt.Sprintf("index %d", index) {
		fail("the proof is for %q, not for %d", lines[0], index)
	}
	var proof tlog.RecordProof
	for _, line := range lines[1:] {
		proof = append(proof, parseHash(line))
	}
	head := openHead([]byte(parts[1]), verifier)
	leaf := tree[tlog.StoredHashIndex(0, index)]
	check(tlog.CheckRecord(proof, head.N, head.Hash, index, leaf))
}

func checkConsistency(head tlog.Tree, oldSize int64, oldRoot, file string, tree hashes) {
	var proof tlog.TreeProof
	for _, line := range strings.Fields(file) {
		proof = append(proof, parseHash(line))
	}
	old := parseHash(oldRoot)
	check(tlog.CheckTree(proof, head.N, head.Hash, oldSize, old))
	if rootOf(oldSize, tree) != old {
		fail("the old root is not that of the first %d entries", oldSize)
	}
}

func path(kind string, n, w int64) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if w < width {
		name += fmt.Sprintf(".p/%d", w)
	}
	return "tile/" + kind + "/" + name
}

func parse(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	check(err)
	if n < 0 || strconv.FormatInt(n, 10) != text {
		fail("%q is not a plain decimal", text)
	}
	return n
}

func parseHash(text string) tlog.Hash {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	check(err)
	if len(raw) != tlog.HashSize {
		fail("a hash has %d bytes", len(raw))
	}
	return *(*tlog.Hash)(raw)
}

func readFile(dir, name string) []byte {
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	check(err)
	return data
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "tlogverify: "+format+"\n", args...)
	os.Exit(1)
}

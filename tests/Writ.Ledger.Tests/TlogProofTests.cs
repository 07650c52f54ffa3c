using System.Text;

namespace Writ.Ledger.Tests;

public sealed class TlogProofTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(257, 256)]
    [InlineData(1000, 617)]
    [InlineData(65536, 65535)]
    public void A_proof_file_is_enough_to_verify_one_entry(int size, int index)
    {
        var ledger = PublishedLedger.OfSize(size);
        var text = ProofOf(ledger, size, index, "context"u8.ToArray()).ToText();
        Assert.True(TlogProof.TryParse(text, out var proof, out var fault), fault?.Why);
        Assert.Equal("context", Encoding.UTF8.GetString(proof.Extra.Span));
        Assert.Equal(text, proof.ToText());
        Assert.True(proof.TryVerify(
            ledger.Entries[index], PublishedLedger.Key, PublishedLedger.Verify, out var head, out fault), fault?.Why);
        Assert.Equal(ledger.Head, head);
        byte[] changed = [.. ledger.Entries[index], (byte)' '];
        Assert.False(proof.TryVerify(changed, PublishedLedger.Key, PublishedLedger.Verify, out head, out fault));
        Assert.Equal("proof.not-included", fault.Code);
        Assert.Null(head);
    }

    [Fact]
    public void No_byte_of_a_proof_can_be_changed()
    {
        var ledger = PublishedLedger.OfSize(600);
        var text = ProofOf(ledger, 600, 300, []).ToText();
        for (var i = 0; i < text.Length; i++)
        {
            text[i] ^= 0x01;
            Assert.False(
                TlogProof.TryParse(text, out var proof, out _)
                    && proof.TryVerify(ledger.Entries[300], PublishedLedger.Key, PublishedLedger.Verify, out _, out _),
                $"byte {i}");
            text[i] ^= 0x01;
        }
    }

    [Fact]
    public void A_proof_without_extra_data_has_the_lines_of_the_specification()
    {
        var ledger = PublishedLedger.OfSize(2);
        var lines = Encoding.UTF8.GetString(ProofOf(ledger, 2, 0, []).ToText()).Split('\n');
        Assert.Equal(["c2sp.org/tlog-proof@v1", "index 0"], lines[..2]);
        Assert.Equal(MerkleTree.LeafHash(ledger.Entries[1]).ToString(), lines[2]);
        Assert.Equal(["", PublishedLedger.Origin, "2"], lines[3..6]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("c2sp.org/tlog-proof@v2\nindex 0\n\nx")]
    [InlineData("c2sp.org/tlog-proof@v1")]
    [InlineData("c2sp.org/tlog-proof@v1\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 01\n\nx")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex -1\n\nx")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n\nx")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx")]
    [InlineData("c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\nx")]
    [InlineData("c2sp.org/tlog-proof@v1\nextra \nindex 0\n\nx")]
    [InlineData("c2sp.org/tlog-proof@v1\nextra AAAA\n")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nx")]
    public void A_malformed_proof_is_refused(string text)
    {
        Assert.False(TlogProof.TryParse(Encoding.UTF8.GetBytes(text), out _, out var fault));
        Assert.Equal("proof.malformed", fault.Code);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Hash_lines_have_a_limit(int lines, bool allowed)
    {
        var hash = MerkleTree.EmptyRoot + "\n";
        var text = "c2sp.org/tlog-proof@v1\nindex 0\n" + string.Concat(Enumerable.Repeat(hash, lines)) + "\nx";
        Assert.Equal(allowed, TlogProof.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));
    }

    static TlogProof ProofOf(PublishedLedger ledger, long size, long index, byte[] extra) => new(
        index,
        MerkleTree.InclusionProof(index, size, new TileReader(size, ledger.Read).Node),
        ledger.Files[Tiles.CheckpointPath],
        extra);
}

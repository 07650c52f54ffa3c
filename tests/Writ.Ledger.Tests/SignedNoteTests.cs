using System.Text;
using Writ.Linux;

namespace Writ.Ledger.Tests;

public sealed class SignedNoteTests
{
    // The key pair and note of the Go package's documentation: any implementation must agree with them.
    const string Vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const string Skey = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const string Text = "If you think cryptography is the answer to your problem,\n"
        + "then you don't know what your problem is.\n";
    const string Note = Text + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
        + "qdngotpRZb6KE6RyyBwJnAM=\n";

    static readonly NoteVerify Verify = Ed25519.Verify;

    static NoteVerifierKey Key =>
        NoteVerifierKey.TryParse(Vkey, out var key, out _) ? key : throw new InvalidOperationException();

    [Fact]
    public void A_note_made_by_another_implementation_verifies()
    {
        var opened = SignedNote.TryOpen(Encoding.UTF8.GetBytes(Note), Key, Verify, out var text, out var fault);
        Assert.True(opened, fault?.Why);
        Assert.Equal(Text, Encoding.UTF8.GetString(text.Span));
    }

    [Fact]
    public void Signing_gives_the_same_note_byte_for_byte()
    {
        Assert.True(NoteSigningKey.TryParse(Skey, Ed25519.PublicKey, out var key, out _));
        Assert.Equal(Vkey, key.VerifierKey.ToString());
        Assert.Equal(Skey, key.ToSecretText());
        var note = SignedNote.Sign(Encoding.UTF8.GetBytes(Text), key.VerifierKey, m => Ed25519.Sign(key.Seed, m));
        Assert.Equal(Note, Encoding.UTF8.GetString(note));
    }

    [Fact]
    public void A_signing_key_never_prints_its_seed()
    {
        Assert.True(NoteSigningKey.TryParse(Skey, Ed25519.PublicKey, out var key, out _));
        Assert.Equal(Vkey, key.ToString());
    }

    [Fact]
    public void No_byte_of_a_note_can_be_changed()
    {
        var note = Encoding.UTF8.GetBytes(Note);
        for (var i = 0; i < note.Length; i++)
        {
            note[i] ^= 1;
            Assert.False(SignedNote.TryOpen(note, Key, Verify, out _, out _), $"byte {i}");
            note[i] ^= 1;
        }
    }

    [Theory]
    [InlineData("", "note.malformed")]
    [InlineData("text\n", "note.malformed")]
    [InlineData("text\n\n", "note.malformed")]
    [InlineData("text\n\n— a AAAAAAA=", "note.malformed")]
    [InlineData("text\n\n- a AAAAAAA=\n", "note.malformed")]
    [InlineData("text\n\n— a AAAA\n", "note.malformed")]
    [InlineData("text\n\n— a AAAAAA==\n", "note.malformed")]
    [InlineData("text\n\n— a AAAAAAB=\n", "note.malformed")]
    [InlineData("text\n\n— a AAAA AAA=\n", "note.malformed")]
    [InlineData("text\n\n— a+b AAAAAAA=\n", "note.malformed")]
    [InlineData("text\n\n— a\u00a0b AAAAAAA=\n", "note.malformed")]
    [InlineData("text\n\n—  AAAAAAA=\n", "note.malformed")]
    [InlineData("te\rxt\n\n— a AAAAAAA=\n", "note.malformed")]
    [InlineData("te\0xt\n\n— a AAAAAAA=\n", "note.malformed")]
    public void A_malformed_note_is_refused(string note, string code)
    {
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out _, out var fault));
        Assert.Equal(code, fault.Code);
    }

    [Fact]
    public void Lines_of_unknown_keys_are_ignored_and_alone_prove_nothing()
    {
        var stranger = new NoteVerifierKey("stranger", Ed25519.PublicKey(Seed(9)));
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(Note), out var note, out _));
        var both = note.AlsoSign(stranger, m => Ed25519.Sign(Seed(9), m));
        Assert.True(SignedNote.TryOpen(both, Key, Verify, out _, out _));
        Assert.True(SignedNote.TryOpen(both, stranger, Verify, out _, out _));
        var other = new NoteVerifierKey("other", Ed25519.PublicKey(Seed(8)));
        Assert.False(SignedNote.TryOpen(both, other, Verify, out var text, out var fault));
        Assert.Equal("note.no-known-key", fault.Code);
        Assert.True(text.IsEmpty);
    }

    [Fact]
    public void One_wrong_signature_of_a_known_key_refuses_the_whole_note()
    {
        var second = new NoteVerifierKey("second", Ed25519.PublicKey(Seed(2)));
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(Note), out var first, out _));
        var forged = first.AlsoSign(second, static _ => new byte[64]);
        Assert.True(SignedNote.TryParse(forged, out var note, out _));
        Assert.False(note.TryVerify([Key, second], Verify, out var signers, out var fault));
        Assert.Equal("note.bad-signature", fault.Code);
        Assert.Empty(signers);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Signature_lines_have_a_limit(int lines, bool allowed)
    {
        var note = "text\n\n" + string.Concat(Enumerable.Repeat("— a AAAAAAA=\n", lines));
        Assert.Equal(allowed, SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out _, out var fault));
        Assert.Equal(allowed ? null : "note.too-many-signatures", fault?.Code);
    }

    [Fact]
    public void A_note_has_a_size_limit()
    {
        Assert.False(SignedNote.TryParse(new byte[SignedNote.BytesMax + 1], out _, out var fault));
        Assert.Equal("note.too-large", fault.Code);
    }

    [Theory]
    [InlineData("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "note.key-hash")]
    [InlineData("PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "note.key-hash")]
    [InlineData("PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "note.key-type")]
    [InlineData("PeterNeumann+c74f20a3+AQ==", "note.key-type")]
    [InlineData("PeterNeumann+c74f20a3", "note.key-malformed")]
    [InlineData("PeterNeumann+c74f20+ARpc", "note.key-malformed")]
    [InlineData("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "note.key-malformed")]
    [InlineData("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "note.key-malformed")]
    [InlineData("", "note.key-malformed")]
    public void A_key_text_that_is_wrong_is_refused(string vkey, string code)
    {
        Assert.False(NoteVerifierKey.TryParse(vkey, out _, out var fault));
        Assert.Equal(code, fault.Code);
        Assert.False(NoteSigningKey.TryParse("PRIVATE+KEY+" + vkey, Ed25519.PublicKey, out _, out fault));
        Assert.Equal(code, fault.Code);
    }

    [Theory]
    [InlineData("no newline")]
    [InlineData("tab\there\n")]
    public void Text_that_no_note_can_carry_is_never_signed(string text) =>
        Assert.Throws<ArgumentException>(
            () => SignedNote.Sign(Encoding.UTF8.GetBytes(text), Key, static _ => new byte[64]));

    static byte[] Seed(byte fill) => Enumerable.Repeat(fill, Ed25519.SeedSize).ToArray();
}

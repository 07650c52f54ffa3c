using System.Text;
using Writ.Linux;

namespace Writ.Ledger.Tests;

public sealed class CheckpointTests
{
    const string Root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    // The example of the specification.
    [Fact]
    public void A_checkpoint_reads_and_writes_as_the_specification_shows_it()
    {
        const string text = "example.com/behind-the-sofa\n20852163\n" + Root + "\n";
        Assert.True(Checkpoint.TryParse(Encoding.UTF8.GetBytes(text), out var checkpoint, out _));
        Assert.Equal(("example.com/behind-the-sofa", 20852163L), (checkpoint.Origin, checkpoint.Size));
        Assert.Equal(Root, checkpoint.Root.ToString());
        Assert.Equal(text, Encoding.UTF8.GetString(checkpoint.ToText()));
    }

    [Fact]
    public void Extension_lines_are_read_over() =>
        Assert.True(Checkpoint.TryParse(Encoding.UTF8.GetBytes($"a\n0\n{Root}\nmore\nlines\n"), out _, out _));

    [Theory]
    [InlineData("")]
    [InlineData("a\n")]
    [InlineData("a\n1\n")]
    [InlineData("a\n1\n" + Root)]
    [InlineData("\n1\n" + Root + "\n")]
    [InlineData("a\n01\n" + Root + "\n")]
    [InlineData("a\n\n" + Root + "\n")]
    [InlineData("a\n-1\n" + Root + "\n")]
    [InlineData("a\n+1\n" + Root + "\n")]
    [InlineData("a\n9223372036854775808\n" + Root + "\n")]
    [InlineData("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n")]
    [InlineData("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n")]
    [InlineData("a\n1\n CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("a\n1\nAAAA\n")]
    [InlineData("a\n1\n" + Root + "\n\n")]
    [InlineData("a\n1\n" + Root + "\nunfinished")]
    public void Any_other_text_is_refused(string text)
    {
        Assert.False(Checkpoint.TryParse(Encoding.UTF8.GetBytes(text), out _, out var fault));
        Assert.Equal("checkpoint.malformed", fault.Code);
    }

    [Fact]
    public void A_key_vouches_only_for_the_ledger_of_its_own_name()
    {
        var ledger = PublishedLedger.OfSize(1);
        var other = Encoding.UTF8.GetBytes($"writ.test/other\n1\n{Root}\n");
        Assert.True(SignedNote.TryParse(ledger.Files[Tiles.CheckpointPath], out var note, out _));
        Assert.Equal(PublishedLedger.Origin, note.Signatures[0].Name);
        var signed = SignedNote.Sign(
            other, PublishedLedger.Key, static message => Ed25519.Sign(PublishedLedger.Seed, message));
        Assert.False(Checkpoint.TryOpen(signed, PublishedLedger.Key, PublishedLedger.Verify, out _, out var fault));
        Assert.Equal("checkpoint.origin", fault.Code);
    }
}

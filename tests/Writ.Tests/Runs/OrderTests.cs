using System.Security.Cryptography;
using System.Text;
using Writ.Runs;

namespace Writ.Tests.Runs;

public sealed class OrderTests
{
    static readonly string Digest = new('a', ActionDigests.Length);

    static WritOrder Order() => new(
        "w-1", "acme", "s-1", "r-1", Digest, Digest, Digest, Digest, Digest, Digest, "T2",
        new DateTimeOffset(2031, 2, 3, 4, 5, 6, 789, TimeSpan.Zero),
        new DateTimeOffset(2031, 2, 3, 4, 6, 6, TimeSpan.Zero),
        "person:ana", "person:bo", "person:cy", "person:di", ["person:ed", "person:flo"], ["person:gus"]);

    [Fact]
    public void An_order_is_read_back_as_it_was_written()
    {
        var text = Order().Render();
        Assert.StartsWith("writ/v1\nid w-1\nrealm acme\n", text, StringComparison.Ordinal);
        Assert.EndsWith(
            "target-owner person:ed\ntarget-owner person:flo\napprover person:gus\n", text, StringComparison.Ordinal);
        Assert.Contains("issued-at 2031-02-03T04:05:06.789Z\n", text, StringComparison.Ordinal);
        Assert.Equal(Order(), WritOrder.Parse(text));
        Assert.Equal(text, WritOrder.Parse(text)!.Render());
    }

    [Fact]
    public void An_order_that_nobody_signed_can_be_gone_through_ahead()
    {
        // RFC 8032, 7.1, test 1.
        var key = Convert.FromHexString("01d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        var id = SHA256.HashData([.. "acme\n"u8, .. key]).AsSpan(0, 4);
        OrderNote.Rehearse(
            OrderKey.Parse($"acme+{Convert.ToHexStringLower(id)}+{Convert.ToBase64String(key)}")!);
    }

    [Fact]
    public void Times_lose_what_is_finer_than_a_millisecond_and_any_other_offset()
    {
        var fine = new DateTimeOffset(2031, 1, 1, 2, 0, 0, TimeSpan.FromHours(2)).AddTicks(7);
        var order = Order() with { IssuedAt = fine };
        Assert.Equal(TimeSpan.Zero, WritOrder.Parse(order.Render())!.IssuedAt.Offset);
        Assert.Equal(order, WritOrder.Parse(order.Render()));
    }

    [Fact]
    public void Every_removed_doubled_or_moved_line_makes_it_unreadable()
    {
        var lines = Order().Render().TrimEnd('\n').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var isList = lines[i].StartsWith("target-owner ", StringComparison.Ordinal)
                || lines[i].StartsWith("approver ", StringComparison.Ordinal);
            if (!isList)
            {
                Assert.Null(WritOrder.Parse(Join(lines.Where((_, at) => at != i))));
                Assert.Null(WritOrder.Parse(Join([.. lines[..i], lines[i], .. lines[i..]])));
            }
            if (i > 0 && lines[i].Split(' ')[0] != lines[i - 1].Split(' ')[0])
                Assert.Null(WritOrder.Parse(Join([.. lines[..(i - 1)], lines[i], lines[i - 1], .. lines[(i + 1)..]])));
        }

        static string Join(IEnumerable<string> lines) => string.Join('\n', lines) + "\n";
    }

    [Theory]
    [InlineData("id w-1", "id  w-1")]
    [InlineData("id w-1", "id w-1 ")]
    [InlineData("id w-1", "id ")]
    [InlineData("id w-1", "id w\t1")]
    [InlineData("id w-1", "id w\u20281")]
    [InlineData("id w-1\n", "id w-1\r\n")]
    [InlineData("tier-min T2", "tier-min T4")]
    [InlineData("tier-min T2", "tier-min t2")]
    [InlineData("argv-digest a", "argv-digest A")]
    [InlineData("argv-digest a", "argv-digest ")]
    [InlineData("04:05:06.789Z", "04:05:06Z")]
    [InlineData("04:05:06.789Z", "04:05:06.789+00:00")]
    [InlineData("2031-02-03T04:05", "2031-02-30T04:05")]
    [InlineData("writ/v1", "writ/v2")]
    [InlineData("writ/v1\n", "\nwrit/v1\n")]
    public void Anything_that_is_not_the_one_form_is_unreadable(string from, string to)
    {
        var text = Order().Render();
        Assert.Contains(from, text, StringComparison.Ordinal);
        Assert.Null(WritOrder.Parse(text.Replace(from, to, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_text_without_its_last_line_end_or_with_more_after_it_is_unreadable()
    {
        Assert.Null(WritOrder.Parse(Order().Render().TrimEnd('\n')));
        Assert.Null(WritOrder.Parse(Order().Render() + "\n"));
        Assert.Null(WritOrder.Parse(Order().Render() + "approver person:x\nsponsor y\n"));
        Assert.Null(WritOrder.Parse(""));
        var unpaired = Order().Render().Replace("id w-1", "id w" + (char)0xd800, StringComparison.Ordinal);
        Assert.Null(WritOrder.Parse(unpaired));
        Assert.Null(WritOrder.Parse("writ/v1"));
        Assert.Null(WritOrder.Parse(new string('x', WritOrder.BytesMax + 1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    [InlineData(" x")]
    public void A_value_that_could_not_be_read_back_is_never_written(string value) =>
        Assert.Throws<InvalidOperationException>(() => (Order() with { Sponsor = value }).Render());

    [Fact]
    public void Digests_tell_apart_what_concatenation_would_not()
    {
        Assert.NotEqual(ActionDigests.Argv(["ab", "c"]), ActionDigests.Argv(["a", "bc"]));
        Assert.NotEqual(ActionDigests.Argv(["a"]), ActionDigests.Argv(["a", ""]));
        Assert.Equal(ActionDigests.Environment(["B=2", "A=1"]), ActionDigests.Environment(["A=1", "B=2"]));
        Assert.NotEqual(ActionDigests.Environment(["A=1"]), ActionDigests.Environment(["A=1", "A=1"]));
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData("git\0push\0"u8)), ActionDigests.Argv(["git", "push"]));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("/srv/ä"u8)), ActionDigests.WorkingDirectory("/srv/ä"));
        Assert.Throws<ArgumentException>(() => ActionDigests.Argv(["a\0b"]));
        Assert.Throws<ArgumentException>(() => ActionDigests.Environment(["no assignment"]));
        Assert.ThrowsAny<ArgumentException>(() => ActionDigests.Argv(["\ud800"]));
    }

    [Fact]
    public void The_managed_hash_equals_the_platform_s_at_every_length_and_cut()
    {
        var bytes = new byte[300];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(i * 7 & 0xff);
        for (var length = 0; length <= bytes.Length; length++)
        {
            var expected = SHA256.HashData(bytes.AsSpan(0, length));
            Assert.Equal(expected, Sha256.HashOf(bytes.AsSpan(0, length)));
            var inParts = new Sha256();
            inParts.Append(bytes.AsSpan(0, length / 3));
            inParts.Append(bytes.AsSpan(length / 3, length - (length / 3)));
            Assert.Equal(expected, inParts.Finish());
        }
    }

    [Fact]
    public void A_launch_document_is_read_back_as_it_was_written_and_refuses_surprises()
    {
        var document = new LaunchDocument
        {
            Note = "line\n\n\u2014 x y\n",
            Executable = "/usr/bin/env",
            WorkingDirectory = "/srv/x",
            Argv = ["env", "", "a=b", "end="],
            Environment = ["A=", "env=arg=1"],
            Tier = "T2",
            TakesTerminal = true,
            ProcessesMax = 5,
            Paths = [new(PathGrantKind.ReadWrite, "/tmp"), new(PathGrantKind.Devices, "/dev")],
        };
        var bytes = document.Render();
        Assert.Equal(bytes, LaunchDocument.Parse(bytes)!.Render());
        Assert.Equal(document.Argv, LaunchDocument.Parse(bytes)!.Argv);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Null(LaunchDocument.Parse(bytes.AsSpan(0, length)));
        Assert.Null(LaunchDocument.Parse([.. bytes, 0]));
        Assert.Null(LaunchDocument.Parse(Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(bytes).Replace("tty=1", "tty=2", StringComparison.Ordinal))));
        Assert.Throws<ArgumentException>(() => (document with { Argv = ["a\0b"] }).Render());
    }
}

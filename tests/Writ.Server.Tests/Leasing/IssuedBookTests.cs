using Writ.Server.Leasing;
using Writ.Server.Tests.Sequencer;

namespace Writ.Server.Tests.Leasing;

/// <summary>What an authority has signed is on disk before it is signed, whatever stops in between.</summary>
public sealed class IssuedBookTests : IDisposable
{
    const string One = "w_0123456789abcdefghjk1";
    const string Two = "w_0123456789abcdefghjk2";

    readonly string _root = Directory.CreateTempSubdirectory("writ-book-").FullName;
    readonly ManualTime _time = new(ManualTime.Start);

    string File => Path.Combine(_root, "book");

    DateTimeOffset Soon => _time.GetUtcNow().AddMinutes(10);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_was_meant_and_what_was_taken_back_is_there_after_a_restart()
    {
        var book = Book();
        book.Intend(One, "here", "0a", Soon);
        book.Intend(One, "here", "0b", Soon.AddMinutes(1));
        book.Intend(Two, "there", "0c", Soon);
        book.Revoke(One, "here", Soon);
        var again = Book();
        Assert.Equal([Two], again.Living("there", "w_"));
        Assert.Empty(again.Living("here", "w_"));
        Assert.Empty(again.Living("there", "w_9"));
        var revoked = Assert.Single(again.Revoked());
        Assert.Equal(["0a", "0b"], revoked.Serials);
        Assert.Equal(_time.GetUtcNow(), revoked.RevokedAt);
        Assert.Equal(Soon.AddMinutes(1), revoked.Until);
    }

    [Fact]
    public void Nothing_is_signed_for_what_was_taken_back()
    {
        Book().Revoke(One, "here", Soon);
        Assert.Equal(
            "lease.backend-denied",
            Assert.Throws<BackendFaultException>(() => Book().Intend(One, "here", "0a", Soon)).Code);
        Assert.Empty(Assert.Single(Book().Revoked()).Serials);
    }

    [Fact]
    public void It_is_forgotten_when_nobody_can_take_it_for_good_any_more()
    {
        var book = Book();
        book.Intend(One, "here", "0a", Soon);
        book.Revoke(One, "here", Soon);
        _time.Move(TimeSpan.FromMinutes(69));
        Assert.Single(book.Revoked());
        _time.Move(TimeSpan.FromMinutes(2));
        Assert.Empty(book.Revoked());
        Assert.Empty(Book().Revoked());
    }

    [Fact]
    public void A_line_that_was_being_written_when_all_stopped_counts_for_nothing_and_harms_nothing()
    {
        Book().Intend(One, "here", "0a", Soon);
        System.IO.File.AppendAllText(File, $"{Two} here 0b 17");
        var book = Book();
        Assert.Equal([One], book.Living("here", "w_"));
        book.Intend(Two, "here", "0c", Soon);
        Assert.Equal([One, Two], Book().Living("here", "w_"));
    }

    [Theory]
    [InlineData("w_0123456789abcdefghjk2 here 0b\n")]
    [InlineData("w_0123456789abcdefghjk2 here 0b x 0\n")]
    [InlineData("w_0123456789abcdefghjk2 here 0b 9999999999999 0\n")]
    public void A_line_that_cannot_be_read_is_no_empty_list(string line)
    {
        Book().Intend(One, "here", "0a", Soon);
        System.IO.File.AppendAllText(File, line);
        Assert.Equal("lease.no-admin", Assert.Throws<BackendFaultException>(() => Book().Revoked()).Code);
    }

    [Fact]
    public void Its_file_is_written_anew_when_most_of_it_is_history()
    {
        var book = Book();
        for (var i = 0; i < 3_000; i++)
        {
            book.Intend(One, "here", "0a", Soon.AddSeconds(i));
            if (i == 1_500)
                _time.Move(TimeSpan.FromHours(9));
        }
        Assert.InRange(System.IO.File.ReadAllLines(File).Length, 1, 1_100);
        Assert.Equal([One], Book().Living("here", "w_"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void What_a_daemon_that_was_killed_has_left_in_memory_goes_and_what_lives_stays()
    {
        // More than any process has as its number.
        var left = Directory.CreateDirectory("/dev/shm/writ-2000000000-of.a.test").FullName;
        System.IO.File.WriteAllText(Path.Combine(left, "token"), "x");
        using var live = new LiveFolder([new DeliveredFile("token", "y"u8.ToArray())]);
        var own = live.Open(_root, Linux.ThisProcess.EffectiveUid, 0);
        LiveFolder.RemoveLeftovers();
        Assert.False(Directory.Exists(left));
        Assert.Equal("y", System.IO.File.ReadAllText(Path.Combine(own, "token")));
        live.Put([new DeliveredFile("token", "z"u8.ToArray())]);
        Assert.Equal("z", System.IO.File.ReadAllText(Path.Combine(own, "token")));
        live.Dispose();
        Assert.False(Directory.Exists(own));
    }

    [Fact]
    public void What_cannot_be_written_down_is_not_to_be_signed()
    {
        var book = new IssuedBook(Path.Combine(_root, "gone", "book"), _time);
        Assert.Equal(
            "lease.backend-down",
            Assert.Throws<BackendFaultException>(() => book.Intend(One, "here", "0a", Soon)).Code);
        Assert.Empty(book.Living("here", "w_"));
    }

    IssuedBook Book() => new(File, _time);
}

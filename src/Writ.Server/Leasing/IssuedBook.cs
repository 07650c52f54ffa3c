using System.Collections.Immutable;
using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Leasing;

/// <summary>What an authority has signed for one account, until when that can be good, and whether it was taken back.
/// </summary>
/// <param name="Place">Where it is for; nothing that anybody reads.</param>
public sealed record IssuedAccount(
    string Account, string Place, ImmutableArray<string> Serials, DateTimeOffset Until, DateTimeOffset? RevokedAt);

/// <summary>
/// Everything that an authority has signed and that could still be good: written down and on disk before it is signed,
/// so that whatever was lost in between, it is on the list of what was taken back. A line for each change; the file is
/// written anew when most of it is history.
/// </summary>
public sealed class IssuedBook(string path, TimeProvider time)
{
    const int AccountsMax = ICredentialBackend.EnumeratedMax;
    const int BytesMax = 64 << 20;
    const int LinesKept = 1_000;

    /// <summary>Clocks of those who check may be so much behind.</summary>
    static readonly TimeSpan _late = TimeSpan.FromHours(1);

    readonly Lock _gate = new();
    readonly Dictionary<string, IssuedAccount> _accounts = new(StringComparer.Ordinal);
    bool _isRead;
    int _lines;

    /// <summary>Says that something is about to be signed.</summary>
    /// <exception cref="BackendFaultException">It could not be written down, so it is not to be signed.</exception>
    public void Intend(string account, string place, string serial, DateTimeOffset until) => Change(
        account, was => was is { RevokedAt: not null }
            ? throw new BackendFaultException("lease.backend-denied", "The account was taken back before.")
            : new IssuedAccount(
                account, place, [.. (was?.Serials ?? []).Append(serial).Distinct(StringComparer.Ordinal)],
                was?.Until > until ? was.Until : until, null));

    /// <summary>Says that all that was signed for an account is no longer good; what was never heard of as well.
    /// </summary>
    /// <param name="unknownUntil">How long something of which nothing is known can be good.</param>
    public void Revoke(string account, string place, DateTimeOffset unknownUntil) => Change(
        account, was => (was ?? new IssuedAccount(account, place, [], unknownUntil, null)) with
        {
            RevokedAt = was?.RevokedAt ?? time.GetUtcNow(),
        });

    /// <summary>What was taken back and has not ended by itself.</summary>
    public ImmutableArray<IssuedAccount> Revoked() => Select(a => a.RevokedAt is not null);

    /// <summary>What is good at a place.</summary>
    public ImmutableArray<string> Living(string place, string prefix) =>
    [
        .. Select(a => a.RevokedAt is null && a.Place == place
            && a.Account.StartsWith(prefix, StringComparison.Ordinal)).Select(a => a.Account),
    ];

    public IssuedAccount? Find(string account)
    {
        lock (_gate)
        {
            Read();
            return _accounts.GetValueOrDefault(account);
        }
    }

    ImmutableArray<IssuedAccount> Select(Func<IssuedAccount, bool> which)
    {
        lock (_gate)
        {
            Read();
            return [.. _accounts.Values.Where(a => IsOfUse(a) && which(a))
                .OrderBy(a => a.Account, StringComparer.Ordinal)];
        }
    }

    void Change(string account, Func<IssuedAccount?, IssuedAccount> change)
    {
        lock (_gate)
            try
            {
                Read();
                var next = change(_accounts.GetValueOrDefault(account));
                if (next == _accounts.GetValueOrDefault(account))
                    return;
                if (_lines > LinesKept + (2 * _accounts.Count) || _accounts.Count >= AccountsMax)
                    WriteAnew();
                if (_accounts.Count >= AccountsMax && !_accounts.ContainsKey(account))
                    throw new BackendFaultException(
                        "lease.backend-fault", $"{AccountsMax} accounts of this authority could still be good.");
                Append(next);
                _accounts[account] = next;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What is in the file now is read again before anything is said of it.
                _isRead = false;
                throw new BackendFaultException("lease.backend-down", $"{path} cannot be written.", e);
            }
    }

    bool IsOfUse(IssuedAccount account) => account.Until + _late > time.GetUtcNow();

    void Append(IssuedAccount account)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        var isNew = file.Length == 0;
        file.Write(System.Text.Encoding.ASCII.GetBytes(Line(account)));
        file.Flush(flushToDisk: true);
        if (isNew)
            DurableFiles.SyncDirectory(Path.GetDirectoryName(path)!);
        _lines++;
    }

    void WriteAnew()
    {
        foreach (var over in _accounts.Values.Where(a => !IsOfUse(a)).ToList())
            _accounts.Remove(over.Account);
        PrivateFile.Write(path, System.Text.Encoding.ASCII.GetBytes(string.Concat(_accounts.Values.Select(Line))));
        _lines = _accounts.Count;
    }

    void Read()
    {
        if (_isRead)
            return;
        _accounts.Clear();
        _lines = 0;
        if (File.Exists(path))
        {
            var text = System.Text.Encoding.ASCII.GetString(PrivateFile.Read(path, BytesMax));
            var lines = text.Split('\n');
            foreach (var line in lines.SkipLast(1))
            {
                var account = Parse(line);
                _accounts[account.Account] = account;
                _lines++;
            }
            // A line that was being written when everything stopped: nothing was signed for it.
            if (lines[^1].Length > 0)
                WriteAnew();
        }
        _isRead = true;
    }

    static string Line(IssuedAccount a) => string.Create(CultureInfo.InvariantCulture,
        $"{a.Account} {a.Place} {string.Join(',', a.Serials)} {a.Until.ToUnixTimeSeconds()} "
        + $"{a.RevokedAt?.ToUnixTimeSeconds() ?? 0}\n");

    // A line that cannot be read could be one of those that matter.
    IssuedAccount Parse(string line) => line.Split(' ') is [var account, var place, var serials, var until, var revoked]
        && Seconds(until) is { } end && Seconds(revoked) is { } since
            ? new IssuedAccount(
                account, place, [.. serials.Split(',', StringSplitOptions.RemoveEmptyEntries)], end,
                since == DateTimeOffset.UnixEpoch ? null : since)
            : throw new BackendFaultException("lease.no-admin", $"{path} has a line that cannot be read.");

    static DateTimeOffset? Seconds(string text) => long.TryParse(
        text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 1L << 37
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}

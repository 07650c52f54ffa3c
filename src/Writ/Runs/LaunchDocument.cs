using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Writ.Runs;

/// <summary>What the launcher grants on one path. The default grants nothing.</summary>
public enum PathGrantKind
{
    None,
    ReadExecute,
    ReadOnly,
    ReadWrite,
    ReadWriteExecute,
    Devices,

    /// <summary>Read, and connect to the sockets of the control plane that are there.</summary>
    ReadConnect,
}

/// <summary>One path a command may use, and how.</summary>
public sealed record PathGrant(PathGrantKind Kind, string Path);

/// <summary>
/// What the runner hands to the launcher: the signed writ, the action in full, and the restrictions to apply. Only the
/// writ is authority; everything else is either compared with it or can only restrict. On the wire it is a list of
/// <c>key=value</c> entries, each ended by NUL, with <c>end=</c> last: no value can contain NUL because argv cannot.
/// </summary>
public sealed record LaunchDocument
{
    /// <summary>Kernel limits on argv and environment are below this.</summary>
    public const int BytesMax = 4 * 1024 * 1024;

    const string Header = "writ-launch/1";

    public required string Note { get; init; }

    public required string Executable { get; init; }

    public required string WorkingDirectory { get; init; }

    public required ImmutableArray<string> Argv { get; init; }

    /// <summary><c>NAME=value</c> entries: the whole environment of the command.</summary>
    public required ImmutableArray<string> Environment { get; init; }

    /// <summary><c>T0</c> to <c>T3</c>: what the launcher is to apply.</summary>
    public required string Tier { get; init; }

    /// <summary>Descriptor 0 is a terminal and becomes the controlling one of a new session.</summary>
    public bool TakesTerminal { get; init; }

    /// <summary>Without a pid namespace the command must ask the kernel to die with the runner's thread.</summary>
    public bool DiesWithParent { get; init; }

    /// <summary>Every execve from the command's own on waits for the runner, who gets the filter's listener.</summary>
    public bool Mediates { get; init; }

    /// <summary>There is a way out: a bridge to the proxy's socket is started beside the command.</summary>
    public bool Reaches { get; init; }

    /// <summary>
    /// <c>NAME=value</c> entries that take the place of variables of the environment. Only what the writ shows as a
    /// secret can be replaced, so the writ says which variables these are, and never their values.
    /// </summary>
    public ImmutableArray<string> Secrets { get; init; } = [];

    /// <summary>Soft and hard RLIMIT_NPROC; 0 leaves it.</summary>
    public long ProcessesMax { get; init; }

    /// <summary>Soft and hard RLIMIT_NOFILE; 0 leaves it.</summary>
    public long OpenFilesMax { get; init; }

    public ImmutableArray<PathGrant> Paths { get; init; } = [];

    public byte[] Render()
    {
        var text = new StringBuilder(2048);
        text.Append(Header).Append('\0');
        Append(text, "note", Note);
        Append(text, "exe", Executable);
        Append(text, "cwd", WorkingDirectory);
        Append(text, "tier", Tier);
        Append(text, "tty", TakesTerminal ? "1" : "0");
        Append(text, "pdeath", DiesWithParent ? "1" : "0");
        Append(text, "mediate", Mediates ? "1" : "0");
        Append(text, "egress", Reaches ? "1" : "0");
        Append(text, "processes", ProcessesMax.ToString(CultureInfo.InvariantCulture));
        Append(text, "files", OpenFilesMax.ToString(CultureInfo.InvariantCulture));
        foreach (var path in Paths)
            Append(text, KeyOf(path.Kind), path.Path);
        foreach (var argument in Argv)
            Append(text, "arg", argument);
        foreach (var assignment in Environment)
            Append(text, "env", assignment);
        foreach (var secret in Secrets)
            Append(text, "secret", secret);
        Append(text, "end", "");
        var bytes = Strict.GetBytes(text.ToString());
        return bytes.Length <= BytesMax
            ? bytes
            : throw new ArgumentException("the action is larger than a launch document may be");
    }

    /// <summary>Null for anything that <see cref="Render"/> does not write.</summary>
    public static LaunchDocument? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax || bytes.IsEmpty || bytes[^1] != 0)
            return null;
        string text;
        try
        {
            text = Strict.GetString(bytes[..^1]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
        var reader = new EntryReader(text.Split('\0'));
        if (!reader.TakeHeader())
            return null;
        var document = new LaunchDocument
        {
            Note = reader.One("note"),
            Executable = reader.One("exe"),
            WorkingDirectory = reader.One("cwd"),
            Tier = reader.One("tier"),
            TakesTerminal = reader.Number("tty", max: 1) == 1,
            DiesWithParent = reader.Number("pdeath", max: 1) == 1,
            Mediates = reader.Number("mediate", max: 1) == 1,
            Reaches = reader.Number("egress", max: 1) == 1,
            ProcessesMax = reader.Number("processes", max: int.MaxValue),
            OpenFilesMax = reader.Number("files", max: int.MaxValue),
            Paths = reader.Paths(),
            Argv = reader.Many("arg"),
            Environment = reader.Many("env"),
            Secrets = reader.Many("secret"),
        };
        _ = reader.One("end");
        return reader.EndedWell && !document.Argv.IsEmpty ? document : null;
    }

    /// <summary>
    /// The environment with its secrets in their places; null when one of them has no place that is marked for it.
    /// </summary>
    public string[]? WithSecrets()
    {
        var whole = Environment.ToArray();
        foreach (var secret in Secrets)
        {
            var name = secret[..(secret.IndexOf('=', StringComparison.Ordinal) + 1)];
            var at = Array.FindIndex(whole, e => e.StartsWith(name + SecretMark, StringComparison.Ordinal));
            if (name.Length < 2 || at < 0)
                return null;
            whole[at] = secret;
        }
        return whole;
    }

    /// <summary>What the value of a variable begins with whose place a secret takes.</summary>
    const string SecretMark = Assistants.AssistantSecret.Mark;

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    static void Append(StringBuilder text, string key, string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"'{key}' contains NUL");
        text.Append(key).Append('=').Append(value).Append('\0');
    }

    static string KeyOf(PathGrantKind kind) => kind switch
    {
        PathGrantKind.ReadExecute => "rx",
        PathGrantKind.ReadOnly => "r",
        PathGrantKind.ReadWrite => "rw",
        PathGrantKind.ReadWriteExecute => "rwx",
        PathGrantKind.Devices => "dev",
        PathGrantKind.ReadConnect => "rc",
        _ => throw new ArgumentException("a path grant that grants nothing"),
    };

    static PathGrantKind KindOf(string key) => key switch
    {
        "rx" => PathGrantKind.ReadExecute,
        "r" => PathGrantKind.ReadOnly,
        "rw" => PathGrantKind.ReadWrite,
        "rwx" => PathGrantKind.ReadWriteExecute,
        "dev" => PathGrantKind.Devices,
        "rc" => PathGrantKind.ReadConnect,
        _ => PathGrantKind.None,
    };

    /// <summary>Takes expected entries one by one; the first surprise makes everything after it a failure.</summary>
    struct EntryReader(string[] entries)
    {
        int _next;
        bool _failed;

        public readonly bool EndedWell => !_failed && _next == entries.Length;

        public bool TakeHeader() => entries[_next++] == Header;

        public string One(string key)
        {
            var value = TryTake(key);
            _failed |= value is null;
            return value ?? "";
        }

        public long Number(string key, long max)
        {
            var value = One(key);
            if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max)
                return number;
            _failed = true;
            return 0;
        }

        public ImmutableArray<string> Many(string key)
        {
            var values = ImmutableArray.CreateBuilder<string>();
            while (TryTake(key) is { } value)
                values.Add(value);
            return values.ToImmutable();
        }

        public ImmutableArray<PathGrant> Paths()
        {
            var paths = ImmutableArray.CreateBuilder<PathGrant>();
            while (_next < entries.Length)
            {
                var equals = entries[_next].IndexOf('=', StringComparison.Ordinal);
                var kind = equals < 0 ? PathGrantKind.None : KindOf(entries[_next][..equals]);
                if (kind == PathGrantKind.None)
                    break;
                paths.Add(new PathGrant(kind, entries[_next++][(equals + 1)..]));
            }
            return paths.ToImmutable();
        }

        string? TryTake(string key)
        {
            if (_failed || _next == entries.Length || entries[_next].Length <= key.Length
                || entries[_next][key.Length] != '=' || !entries[_next].StartsWith(key, StringComparison.Ordinal))
                return null;
            return entries[_next++][(key.Length + 1)..];
        }
    }
}

using System.Collections.Frozen;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>What literal code of another language names: secrets, the network, deletion. Such code is never understood;
/// this adds what a person, or a rule, wants to know of it.</summary>
static class CodeHints
{
    static readonly FrozenSet<string> _network = FrozenSet.ToFrozenSet(
    [
        "urllib", "urllib2", "urlopen", "urlretrieve", "requests", "httpx", "aiohttp", "socket", "fetch", "axios",
        "XMLHttpRequest", "WebSocket", "LWP", "HTTP", "Socket", "TCPSocket", "UDPSocket", "fsockopen", "curl_init",
        "curl_exec", "smtplib", "ftplib", "paramiko", "telnetlib", "IO_Socket", "Net",
    ], StringComparer.Ordinal);

    static readonly FrozenSet<string> _deleting = FrozenSet.ToFrozenSet(
    [
        "rmtree", "unlink", "unlinkSync", "rmSync", "rmdirSync", "rmdir", "rm_rf", "rm_r", "remove_tree",
        "removedirs", "remove_entry", "remove_dir_all",
    ], StringComparer.Ordinal);

    static readonly FrozenSet<string> _modules = FrozenSet.ToFrozenSet(
        ["http", "https", "net", "dgram", "dns", "tls", "http2", "open-uri", "net/http", "socket"],
        StringComparer.Ordinal);

    public static void Add(string code, PathView paths, List<ProgramEffect> effects)
    {
        var read = InlineCode.Read(code);
        foreach (var text in read.Texts)
            if (text.Value.Length is > 0 and < 256 && !text.Value.Contains(' ', StringComparison.Ordinal)
                && PathKinds.LooksSecret(paths.Seen(text.Value) ?? text.Value))
                effects.Add(ProgramEffect.Of(KnownVerbs.SecretRead, text.Value));
        var isNetwork = read.Texts.Any(t => _modules.Contains(t.Value));
        var isDeleting = false;
        var rest = read.Rest;
        for (var i = 0; i < rest.Length; i++)
        {
            if (!char.IsAsciiLetter(rest[i]) && rest[i] != '_')
                continue;
            var start = i;
            while (i + 1 < rest.Length && (char.IsAsciiLetterOrDigit(rest[i + 1]) || rest[i + 1] == '_'))
                i++;
            var word = rest[start..(i + 1)];
            isNetwork |= _network.Contains(word);
            isDeleting |= _deleting.Contains(word);
            if (word is "environ" or "env" or "ENV" or "ENVIRON" && IsWholeEnvironment(rest, start, i + 1))
                effects.Add(ProgramEffect.Of(KnownVerbs.SecretRead, "environment"));
        }
        if (isNetwork)
            effects.Add(ProgramEffect.Of(KnownVerbs.NetConnect, code));
        if (isDeleting)
            effects.Add(ProgramEffect.Of(KnownVerbs.FsPurge, code));
    }

    // `process.env` and `os.environ` without the name of one variable behind them.
    static bool IsWholeEnvironment(string rest, int start, int end)
    {
        var isNamed = end < rest.Length && rest[end] is '.' or '[' or '{';
        var isMember = rest.AsSpan(0, start).EndsWith("os.") || rest.AsSpan(0, start).EndsWith("process.");
        var isOwn = rest[start..end] is "ENV" or "ENVIRON";
        return !isNamed && (isMember || isOwn);
    }
}

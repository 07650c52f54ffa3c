using System.Buffers.Text;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Writ.Egress;

/// <summary>How long a request's content is, as its head says.</summary>
public enum HttpBody
{
    None,
    Length,
    Chunked,
}

/// <summary>One header field, its value without the space around it.</summary>
public readonly record struct HttpField(string Name, string Value)
{
    public bool Is(string name) => string.Equals(Name, name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// The head of one HTTP/1.x request (RFC 9112), read so strictly that nobody after us can read it otherwise: no bare
/// line feeds, no folded lines, no second or disputed length, no target in a form that servers settle in their own
/// ways.
/// </summary>
/// <param name="Target">As it stood in the first line.</param>
/// <param name="Length">Bytes of content; 0 where there is none or it is chunked.</param>
public sealed record HttpHead(
    string Method, string Target, ImmutableArray<HttpField> Fields, HttpBody Body, long Length)
{
    public const int BytesMax = 32 * 1024;
    public const int FieldsMax = 100;
    public const int MethodMax = 32;
    public const int TargetMax = 8 * 1024;

    static readonly EgressProblem _malformed = new("net.bad-request", "This is no HTTP/1.1 request.");

    // Of the connection, not of the request (RFC 9110, 7.6.1), and what speaks to a proxy.
    static readonly FrozenSet<string> _hopByHop = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer",
        "Upgrade", "HTTP2-Settings", "Transfer-Encoding", "Content-Length", "Host",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the head ends, the empty line included; -1 while it has not come.</summary>
    public static int EndOf(ReadOnlySpan<byte> bytes)
    {
        var at = bytes.IndexOf("\r\n\r\n"u8);
        return at < 0 ? -1 : at + 4;
    }

    /// <summary>Reads a whole head, up to and with its empty line.</summary>
    public static (HttpHead? Head, EgressProblem? Problem) Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax)
            return (null, new("net.bad-request", $"A request's head has at most {BytesMax} bytes."));
        if (bytes.Length < 4 || !bytes.EndsWith("\r\n\r\n"u8))
            return (null, _malformed);
        // One byte is one character: whatever is not ASCII stays what it is.
        var lines = Encoding.Latin1.GetString(bytes[..^4]).Split("\r\n");
        foreach (var line in lines)
            if (line.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
                return (null, new("net.ambiguous", "A line of the request ends in more than one way."));
        if (lines.Length - 1 > FieldsMax)
            return (null, new("net.bad-request", $"A request has at most {FieldsMax} header fields."));
        var words = lines[0].Split(' ');
        if (words.Length != 3 || words[2] is not ("HTTP/1.1" or "HTTP/1.0") || words[0].Length is 0 or > MethodMax
            || !IsToken(words[0]) || words[1].Length is 0 or > TargetMax
            || words[1].AsSpan().ContainsAnyExceptInRange('!', '~'))
            return (null, _malformed);
        var fields = ImmutableArray.CreateBuilder<HttpField>(lines.Length - 1);
        foreach (var line in lines.AsSpan(1))
            if (FieldOf(line) is { } field)
                fields.Add(field);
            else
                return (null, new("net.ambiguous", "A header field of the request can be read in more than one way."));
        return Framed(words[0], words[1], fields.DrainToImmutable(), isOld: words[2] == "HTTP/1.0");
    }

    /// <summary>It came as HTTP/1.0.</summary>
    public bool IsOld { get; init; }

    /// <summary>Whoever sent it wants no other request on its connection.</summary>
    public bool Closes => Fields.Any(f => f.Is("Connection")
        && f.Value.Split(',', StringSplitOptions.TrimEntries).Contains("close", StringComparer.OrdinalIgnoreCase));

    /// <summary>The one Host field's value; null when there is none, or more than one.</summary>
    public string? Host => Only("Host");

    /// <summary>
    /// The head as the server gets it: for the place that was judged, the connection's own fields left out, and the
    /// connection over after this one request.
    /// </summary>
    /// <param name="added">What is put in outside of the sandbox, and what is taken out for it.</param>
    public byte[] Render(
        string path, EgressDestination place, bool encrypted = false, AddedField? added = null)
    {
        var dropped = Fields.Where(f => f.Is("Connection"))
            .SelectMany(f => f.Value.Split(',', StringSplitOptions.TrimEntries))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var text = new StringBuilder(512);
        text.Append(CultureInfo.InvariantCulture, $"{Method} {path} HTTP/1.1\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Host: {Authority(place, encrypted ? 443 : 80)}\r\n");
        foreach (var field in Fields)
            if (!_hopByHop.Contains(field.Name) && !dropped.Contains(field.Name) && added?.Displaces(field) != true)
                text.Append(CultureInfo.InvariantCulture, $"{field.Name}: {field.Value}\r\n");
        // Whatever the client called its connection's own.
        if (added is not null)
            text.Append(CultureInfo.InvariantCulture, $"Accept-Encoding: identity\r\n{added.Name}: {added.Value}\r\n");
        if (Body == HttpBody.Length)
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Length}\r\n");
        else if (Body == HttpBody.Chunked)
            text.Append("Transfer-Encoding: chunked\r\n");
        text.Append("Connection: close\r\n\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    // Servers compare it with their names, so the usual port is left out as everybody does.
    static string Authority(EgressDestination place, int usualPort) => place.Port != usualPort ? place.ToString()
        : place.ToString() is var text ? text[..text.LastIndexOf(':')] : "";

    // Content there means nothing (RFC 9110, 9.3.1), servers differ in what they make of it, and rules about what is
    // sent go by the method.
    static (HttpHead?, EgressProblem?) Framed(
        string method, string target, ImmutableArray<HttpField> fields, bool isOld)
    {
        var (head, problem) = Lengths(method, target, fields, isOld);
        head = head is null ? null : head with { IsOld = isOld };
        return head is { Method: "GET" or "HEAD" or "OPTIONS" } && (head.Body == HttpBody.Chunked || head.Length > 0)
            ? (null, new("net.ambiguous", $"A request with {method} has no content."))
            : (head, problem);
    }

    static (HttpHead?, EgressProblem?) Lengths(
        string method, string target, ImmutableArray<HttpField> fields, bool isOld)
    {
        var codings = fields.Where(f => f.Is("Transfer-Encoding")).ToArray();
        var lengths = fields.Where(f => f.Is("Content-Length")).ToArray();
        if (codings.Length > 0 && lengths.Length > 0)
            return (null, new("net.ambiguous", "The request says its length in two ways."));
        if (codings.Length > 1 || lengths.Length > 1)
            return (null, new("net.ambiguous", "The request says its length twice."));
        if (fields.Count(f => f.Is("Host")) != 1 && !(isOld && fields.All(f => !f.Is("Host"))))
            return (null, new("net.ambiguous", "A request names its host once."));
        if (codings is [var coding])
            return isOld || !string.Equals(coding.Value, "chunked", StringComparison.OrdinalIgnoreCase)
                ? (null, new("net.ambiguous", "The only coding of a request's content that is passed on is chunked."))
                : (new HttpHead(method, target, fields, HttpBody.Chunked, 0), null);
        if (lengths is not [var length])
            return (new HttpHead(method, target, fields, HttpBody.None, 0), null);
        return length.Value.Length is > 0 and <= 18 && length.Value.All(char.IsAsciiDigit)
            ? (new HttpHead(
                method, target, fields, HttpBody.Length, long.Parse(length.Value, CultureInfo.InvariantCulture)), null)
            : (null, new("net.ambiguous", "The request's length is no number."));
    }

    // A line that begins with space would belong to the one before it, to some.
    internal static HttpField? FieldOf(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || !IsToken(line[..colon]))
            return null;
        var value = line[(colon + 1)..].Trim(' ', '\t');
        foreach (var c in value)
            if ((c < ' ' && c != '\t') || c == '\u007f')
                return null;
        return new HttpField(line[..colon], value);
    }

    string? Only(string name)
    {
        var found = Fields.Where(f => f.Is(name)).ToArray();
        return found is [var one] ? one.Value : null;
    }

    static bool IsToken(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}

/// <summary>What a request's target means, once the place is known.</summary>
public static class HttpTarget
{
    /// <summary>The place and the path of <c>http://host:port/path</c>; null when that is not what it is.</summary>
    public static (EgressDestination Place, string Path)? Absolute(string target)
    {
        const string scheme = "http://";
        if (!target.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var rest = target[scheme.Length..];
        var end = rest.AsSpan().IndexOfAny('/', '?');
        var authority = end < 0 ? rest : rest[..end];
        var path = end < 0 ? "/" : rest[end] == '?' ? "/" + rest[end..] : rest[end..];
        // A name before '@' and what stands behind '#' are read by some and not by others.
        return authority.Contains('@', StringComparison.Ordinal) || path.Contains('#', StringComparison.Ordinal)
            || EgressDestination.Of(authority, 80) is not { } place
            ? null
            : (place, path);
    }

    /// <summary>Why a path cannot be judged as it is written; null when it can.</summary>
    public static EgressProblem? Problem(string path)
    {
        if (path is not ['/', ..] || path.AsSpan().IndexOfAny('\\', '#') >= 0)
            return new("net.bad-request", "The request's path is none.");
        // As servers settle it: coded slashes are slashes to some, and two dots lead up.
        var settled = Plain(path).Replace("%2e", ".", StringComparison.OrdinalIgnoreCase)
            .Replace("%2f", "/", StringComparison.OrdinalIgnoreCase)
            .Replace("%5c", "/", StringComparison.OrdinalIgnoreCase);
        foreach (var part in settled.Split('/'))
            if (part is "." or ".." || part.StartsWith("..;", StringComparison.Ordinal)
                || part.Contains("%00", StringComparison.Ordinal))
                return new("net.ambiguous", "The request's path leads elsewhere once a server has settled it.");
        return null;
    }

    /// <summary>Why a path may mean another one to whoever takes codes for their characters; null when it does not.
    /// </summary>
    public static EgressProblem? Recoded(string path)
    {
        for (var at = path.IndexOf('%', StringComparison.Ordinal); at >= 0;
            at = path.IndexOf('%', at + 1))
            if (at + 2 >= path.Length || !int.TryParse(
                path.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                || char.IsAsciiLetterOrDigit((char)code) || (char)code is '-' or '.' or '_' or '~' or '%')
                return new("net.ambiguous", "The request's path has codes in it for characters that need none.");
        return null;
    }

    /// <summary>Without what stands behind '?', which is often a secret and never decided about.</summary>
    public static string Plain(string path)
    {
        var query = path.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? path : path[..query];
    }
}

/// <summary>The size line of one chunk (RFC 9112, 7.1), without extensions: nobody needs them, and readers differ.
/// </summary>
public static class HttpChunk
{
    public const int LineMax = 10;

    /// <summary>The size; null when the line is anything else.</summary>
    public static long? SizeOf(ReadOnlySpan<byte> line) =>
        line.Length is > 0 and <= LineMax && Utf8Parser.TryParse(line, out long size, out var used, 'x')
        && used == line.Length && size >= 0
            ? size
            : null;
}

using System.Globalization;

namespace Writ.Egress;

/// <summary>
/// A host and a port, in the one spelling in which they are compared: names in lower case without a final dot,
/// addresses as this writes them. Names that some resolver would read as an address are none.
/// </summary>
public sealed record EgressDestination(string Host, int Port)
{
    public const int HostMax = 253;
    const int LabelMax = 63;

    /// <summary>The address that the host is, where it is one.</summary>
    public EgressAddress? Address => EgressAddress.Parse(Host);

    /// <summary><c>host:port</c>, an IPv6 address in brackets.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>The host as it is compared, or null: from a name, an IPv4 address, or IPv6 in brackets.</summary>
    public static string? HostOf(string text)
    {
        if (text is ['[', .. var inner, ']'])
            return inner.Contains(':', StringComparison.Ordinal) ? EgressAddress.Parse(inner)?.ToString() : null;
        var name = text.EndsWith('.') ? text[..^1] : text;
        if (name.Length is 0 or > HostMax)
            return null;
        var labels = name.Split('.');
        if (labels.Any(l => !IsLabel(l)))
            return null;
        if (!IsNumber(labels[^1]))
            return Lower(name);
        // 127.1, 0x7f.1 and 2130706433 are addresses to some and names to others.
        return name == text ? EgressAddress.Parse(name)?.ToString() : null;
    }

    /// <summary>From <c>host:port</c>; the port may be left out where there is a usual one.</summary>
    /// <param name="usualPort">0 where it has to be said.</param>
    public static EgressDestination? Of(string authority, int usualPort)
    {
        var colon = authority.LastIndexOf(':');
        var hasPort = colon >= 0 && !authority.EndsWith(']');
        if ((hasPort ? HostOf(authority[..colon]) : HostOf(authority)) is not { } host)
            return null;
        if (!hasPort)
            return usualPort > 0 ? new EgressDestination(host, usualPort) : null;
        return PortOf(authority[(colon + 1)..]) is { } port ? new EgressDestination(host, port) : null;
    }

    /// <summary>The host and port of an address as commands write them; null where it is none.</summary>
    public static (string Host, int? Port)? Mentioned(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var usual = (scheme < 0 ? "" : Lower(text[..scheme])) switch
        {
            "http" or "ws" => 80,
            "https" or "wss" => 443,
            "ssh" => 22,
            "ftp" => 21,
            "git" => 9418,
            _ => 0,
        };
        var rest = scheme < 0 ? text : text[(scheme + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        if (Of(authority, usual) is { } whole)
            return (whole.Host, whole.Port);
        return HostOf(authority) is { } host ? (host, null) : null;
    }

    static int? PortOf(string text) =>
        text.Length is > 0 and <= 5 && text.All(char.IsAsciiDigit)
        && int.Parse(text, CultureInfo.InvariantCulture) is > 0 and <= 65_535 and var port
            ? port
            : null;

    static bool IsLabel(string label) =>
        label.Length is > 0 and <= LabelMax && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    static bool IsNumber(string label) => label.All(char.IsAsciiDigit)
        || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && label[2..].All(char.IsAsciiHexDigit));

    static string Lower(string text) => string.Create(text.Length, text, static (to, from) =>
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
    });
}

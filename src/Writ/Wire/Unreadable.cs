using System.Text.Json;

namespace Writ.Wire;

/// <summary>
/// How a reader says that a text is not what it should be. Of a case without its name it says so with another
/// exception than of everything else, and whoever catches one has to catch both.
/// </summary>
public static class Unreadable
{
    public static bool Is(Exception fault) => fault is JsonException or NotSupportedException;

    /// <summary>Where in the text; null where that is not known.</summary>
    public static string? Place(Exception fault) => (fault as JsonException)?.Path;
}

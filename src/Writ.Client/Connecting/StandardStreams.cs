using System.Text;
using Writ.Linux;

namespace Writ.Client.Connecting;

/// <summary>
/// The three standard descriptors without the console's machinery, which costs a hook more than its work.
/// </summary>
public static class StandardStreams
{
    const int TryAgain = 11;

    public static Descriptor Input { get; } = Descriptor.StandardOrEmpty(0);

    public static Descriptor Output { get; } = Descriptor.StandardOrEmpty(1);

    public static Descriptor Error { get; } = Descriptor.StandardOrEmpty(2);

    /// <summary>
    /// Takes hold of all three before anything else is opened, so that one that was closed does not become a connection
    /// of ours.
    /// </summary>
    public static void Claim() => _ = (Input, Output, Error);

    /// <summary>False when nobody reads any more.</summary>
    public static bool TryWriteAll(Descriptor to, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = to.Write(bytes);
            if (count >= 0)
                bytes = bytes[count..];
            else if (count == -TryAgain)
                // Somebody made the descriptor non-blocking; it is ours to be patient.
                Thread.Sleep(1);
            else
                return false;
        }
        return true;
    }

    /// <summary>One line for the person; messages never go to standard output.</summary>
    public static void Say(string line) => _ = TryWriteAll(Error, Encoding.UTF8.GetBytes(line + "\n"));

    public static void Print(string line) => _ = TryWriteAll(Output, Encoding.UTF8.GetBytes(line + "\n"));
}

using System.Text;

namespace Writ.Shell.Syntax;

/// <summary>Writes a tree as shell again, in one canonical way: what bash reads from it is the same tree. Comments,
/// line continuations and needless blanks are gone.</summary>
public static class ShellPrinter
{
    public static string Print(Script script)
    {
        var writer = new ShellWriter(new StringBuilder());
        writer.WriteScript(script);
        return writer.Finish();
    }

    public static string Print(CommandList list)
    {
        var writer = new ShellWriter(new StringBuilder());
        writer.WriteList(list);
        return writer.Finish();
    }

    public static string Print(Command command)
    {
        var writer = new ShellWriter(new StringBuilder());
        writer.WriteCommand(command);
        return writer.Finish();
    }

    public static string Print(Word word)
    {
        var writer = new ShellWriter(new StringBuilder());
        writer.WriteWord(word);
        return writer.Finish();
    }

    public static string Print(WordPart part)
    {
        var writer = new ShellWriter(new StringBuilder());
        writer.WritePart(part);
        return writer.Finish();
    }
}

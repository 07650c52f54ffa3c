using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

sealed partial class ShellWriter
{
    public void WriteWord(Word word) => WriteParts(word.Parts);

    void WriteParts(ImmutableArray<WordPart> parts)
    {
        foreach (var part in parts)
            WritePart(part);
    }

    public void WritePart(WordPart part)
    {
        switch (part)
        {
            case LiteralPart literal:
                text.Append(literal.Text);
                break;
            case EscapedPart escaped:
                text.Append('\\').Append(escaped.Text);
                break;
            case SingleQuotedPart single:
                text.Append('\'').Append(single.Text).Append('\'');
                break;
            case AnsiQuotedPart ansi:
                text.Append("$'").Append(ansi.Raw).Append('\'');
                break;
            case DoubleQuotedPart quoted:
                text.Append(quoted.IsTranslated ? "$\"" : "\"");
                WriteParts(quoted.Parts);
                text.Append('"');
                break;
            case TildePart tilde:
                text.Append('~').Append(tilde.User);
                break;
            case GlobPart glob:
                text.Append(glob.Text);
                break;
            case ExtendedGlobPart glob:
                text.Append(glob.Operator).Append('(');
                WriteParts(glob.Parts);
                text.Append(')');
                break;
            case BracePart brace:
                WriteBrace(brace);
                break;
            case BraceRangePart range:
                text.Append('{').Append(range.First).Append("..").Append(range.Last);
                text.Append(range.Step is null ? "" : "..").Append(range.Step).Append('}');
                break;
            case ArithmeticPart arithmetic:
                text.Append(arithmetic.IsBracketed ? "$[" : "$((");
                WriteParts(arithmetic.Parts);
                text.Append(arithmetic.IsBracketed ? "]" : "))");
                break;
            case ArrayPart array:
                WriteArray(array);
                break;
            case ParameterPart parameter:
                WriteParameter(parameter);
                break;
            case UnknownExpansionPart unknown:
                text.Append(unknown.Raw);
                break;
            case CommandSubstitutionPart { Backquoted: { } backquoted }:
                text.Append('`').Append(backquoted).Append('`');
                break;
            case CommandSubstitutionPart substitution:
                WriteSubstitution("$(", substitution.Body, substitution.Raw);
                break;
            case ProcessSubstitutionPart substitution:
                WriteSubstitution(substitution.IsOutput ? ">(" : "<(", substitution.Body, substitution.Raw);
                break;
        }
    }

    // Here-documents of the commands inside belong inside.
    void WriteSubstitution(string open, CommandList? body, string? raw)
    {
        text.Append(open);
        var outer = _documents;
        _documents = [];
        if (body is null)
            text.Append(raw);
        else
        {
            var start = text.Length;
            WriteList(body);
            if (text.Length > start && text[start] == '(')
                text.Insert(start, ' ');
            if (_documents.Count > 0)
                NewLine();
        }
        _documents = outer;
        text.Append(')');
    }

    void WriteBrace(BracePart brace)
    {
        text.Append('{');
        for (var i = 0; i < brace.Alternatives.Length; i++)
        {
            text.Append(i == 0 ? "" : ",");
            WriteParts(brace.Alternatives[i]);
        }
        text.Append('}');
    }

    void WriteArray(ArrayPart array)
    {
        text.Append('(');
        for (var i = 0; i < array.Elements.Length; i++)
        {
            var element = array.Elements[i];
            text.Append(i == 0 ? "" : " ");
            if (element.Subscript is not null)
            {
                text.Append('[');
                WriteWord(element.Subscript);
                text.Append(element.IsAppending ? "]+=" : "]=");
            }
            WriteWord(element.Value);
        }
        text.Append(')');
    }

    void WriteAssignment(Assignment assignment)
    {
        text.Append(assignment.Name);
        if (assignment.Subscript is not null)
        {
            text.Append('[');
            WriteWord(assignment.Subscript);
            text.Append(']');
        }
        text.Append(assignment.IsAppending ? "+=" : "=");
        WriteWord(assignment.Value);
    }

    void WriteParameter(ParameterPart parameter)
    {
        if (!parameter.IsBraced)
        {
            text.Append('$').Append(parameter.Name);
            return;
        }
        var isLength = parameter.Operator == ParameterOperator.Length;
        var isNames = parameter.Operator == ParameterOperator.Names;
        text.Append("${").Append(isLength ? "#" : isNames || parameter.IsIndirect ? "!" : "").Append(parameter.Name);
        if (parameter.Subscript is not null)
        {
            text.Append('[');
            WriteWord(parameter.Subscript);
            text.Append(']');
        }
        text.Append(isLength ? "" : parameter.OperatorText);
        if (parameter.Argument is not null)
            WriteWord(parameter.Argument);
        if (parameter.SecondArgument is not null)
        {
            text.Append(parameter.Operator == ParameterOperator.Substring ? ':' : '/');
            WriteWord(parameter.SecondArgument);
        }
        text.Append('}');
    }
}

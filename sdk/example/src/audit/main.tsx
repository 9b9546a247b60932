import { mountPage } from '../shared/page.tsx';
import { AuditPage } from './audit-page.tsx';
import '../styles/filters.css';
import '../styles/table.css';
import '../styles/events.css';
import '../styles/audit.css';

mountPage(AuditPage);
